import { randomUUID } from 'node:crypto';
import type { KafkaPort } from '@kairos/stream-kit';
import type { Bench, BenchContext, BenchResult } from '../kit/bench.ts';
import { median, pairedRatio } from '../kit/statistics.ts';
import { makeTopic, openCluster } from '../kit/topics.ts';
import type { ClientOutput, ConsumeInput } from './client/consume.ts';
import type { ProduceInput } from './client/produce.ts';
import { works } from './client/works.ts';

const PARTITIONS = 4;
const VALUE_BYTES = 250;

interface Sizes {
  readonly consumed: number;
  readonly produced: number;
  /** Few: a send per event is slow. */
  readonly producedEach: number;
}

const sizesOf = (quick: boolean): Sizes =>
  quick
    ? { consumed: 40_000, produced: 20_000, producedEach: 500 }
    : { consumed: 1_500_000, produced: 200_000, producedEach: 3_000 };

type Samples = Record<string, number[]>;

const ratesOf = (outputs: readonly ClientOutput[]): number[] => outputs.map(({ perS }) => perS);
const cpuOf = (outputs: readonly ClientOutput[]): number[] => outputs.map(({ cpuUs }) => cpuUs);
const ratios = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((value, at) => pairedRatio([value], [b[at] ?? Number.NaN]));

const measureProducing = async (context: BenchContext, about: ProduceInput): Promise<Samples> => {
  const { producedEach } = sizesOf(context.quick);
  const each = { ...about, records: producedEach };
  const taken = await context.interleave({
    'linger batcher': () => context.work(works.produceLingering, about),
    'send per event': () => context.work(works.produceEach, each),
    'send per event, not idempotent': () => context.work(works.produceEach, { ...each, idempotent: false }),
    'calls of a stage': () => context.work(works.produceInCalls, about),
    'calls of a stage, bare kafkajs': () => context.work(works.produceBareInCalls, about),
  });
  const linger = taken['linger batcher'];
  const stage = taken['calls of a stage'];
  const bare = taken['calls of a stage, bare kafkajs'];
  return {
    ratioLinger: ratios(ratesOf(linger), ratesOf(taken['send per event'])),
    ratioLingerNotIdempotent: ratios(ratesOf(linger), ratesOf(taken['send per event, not idempotent'])),
    lingerPerS: ratesOf(linger),
    lingerCpuUs: cpuOf(linger),
    eachPerS: ratesOf(taken['send per event']),
    ratioProduce: ratios(ratesOf(stage), ratesOf(bare)),
    ratioProduceCpu: ratios(cpuOf(stage), cpuOf(bare)),
    producePerS: ratesOf(stage),
    produceCpuUs: cpuOf(stage),
  };
};

const measureConsuming = async (context: BenchContext, about: Omit<ConsumeInput, 'groupId'>): Promise<Samples> => {
  const input = (): ConsumeInput => ({ ...about, groupId: `${context.prefix}${randomUUID()}` });
  const { ours, bare } = await context.interleave({
    ours: () => context.work(works.consumeWithPort, input()),
    bare: () => context.work(works.consumeBare, input()),
  });
  return {
    ratioConsume: ratios(ratesOf(ours), ratesOf(bare)),
    ratioConsumeCpu: ratios(cpuOf(ours), cpuOf(bare)),
    consumePerS: ratesOf(ours),
    consumeCpuUs: cpuOf(ours),
    consumeBarePerS: ratesOf(bare),
    consumeBareCpuUs: cpuOf(bare),
  };
};

const fillAndConsume = async (context: BenchContext, port: KafkaPort, about: ProduceInput): Promise<Samples> => {
  const { consumed } = sizesOf(context.quick);
  const topic = await makeTopic(context, port, { name: 'filled', partitions: PARTITIONS });
  context.say(`filling a topic with ${consumed} records`);
  // The work sends a quarter more, its warm-up: the consumers stop at their count.
  await context.work(works.produceInCalls, { ...about, topic, records: consumed });
  return measureConsuming(context, { brokers: about.brokers, topic, records: consumed });
};

const run = async (context: BenchContext): Promise<BenchResult> => {
  const { brokers, port } = await openCluster(context);
  const { produced } = sizesOf(context.quick);
  const about: ProduceInput = {
    brokers,
    topic: await makeTopic(context, port, { name: 'produced', partitions: PARTITIONS }),
    partitions: PARTITIONS,
    records: produced,
    valueBytes: VALUE_BYTES,
    producer: context.options.producer ?? '',
    idempotent: true,
  };
  const { only } = context.options;
  const samples: Samples = {
    ...(only === 'consume' ? {} : await measureProducing(context, about)),
    ...(only === 'produce' ? {} : await fillAndConsume(context, port, about)),
  };
  return {
    figures: Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)])),
    samples,
  };
};

/** Our two halves of the Kafka port, against kafkajs as its documentation has it. */
export const client: Bench = {
  name: 'client',
  about: 'consumer runtime ÷ bare fetch loop; linger batcher ÷ send per event',
  options: {
    only: { about: 'produce or consume; empty = both', default: '', choosesPart: true },
    producer: { about: "which of the port's producers, by name; empty = the one that services use", default: '' },
  },
  examples: ['--producer kafkajs'],
  figures: {
    ratioConsume: { about: 'records/s of our consumer ÷ kafkajs eachBatch', better: 'higher', gate: 0.9 },
    ratioConsumeCpu: { about: 'CPU per record of our consumer ÷ kafkajs eachBatch', better: 'lower' },
    consumePerS: { about: 'records/s of our consumer', better: 'higher' },
    consumeCpuUs: { about: 'CPU µs per record of our consumer', better: 'lower' },
    consumeBarePerS: { about: 'records/s of kafkajs eachBatch' },
    consumeBareCpuUs: { about: 'CPU µs per record of kafkajs eachBatch' },
    ratioLinger: {
      about: 'events/s, one a call, through the linger batcher ÷ a kafkajs send per event, as many under way',
      better: 'higher',
      gate: 5,
    },
    ratioLingerNotIdempotent: { about: 'the same ÷ sends that are not idempotent', better: 'higher' },
    lingerPerS: { about: 'events/s through the linger batcher, one a call', better: 'higher' },
    lingerCpuUs: { about: 'CPU µs per event through the linger batcher', better: 'lower' },
    eachPerS: { about: 'events/s with a kafkajs send per event' },
    ratioProduce: { about: 'records/s of our producer in calls of 500 ÷ kafkajs send with 500', better: 'higher' },
    ratioProduceCpu: { about: 'CPU per record of the same', better: 'lower' },
    producePerS: { about: 'records/s of our producer in calls of 500', better: 'higher' },
    produceCpuUs: { about: 'CPU µs per record of our producer in calls of 500', better: 'lower' },
  },
  run,
};
