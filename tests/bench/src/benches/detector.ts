import { connectKafka, createSerde, createWalkTopics } from '@kairos/stream-kit';
import type { Bench, BenchContext, BenchResult, FigureAbout } from '../kit/bench.ts';
import { publishPlaybook } from '../kit/publish-playbook.ts';
import { median, pairedRatio } from '../kit/statistics.ts';
import { asAdmin } from './detector/admin.ts';
import { fillTopic, INPUT, PARTITIONS, recordsOf } from './detector/fill-topic.ts';
import { expectedFirings, type FiringSum } from './detector/oracle.ts';
import { buildPeers, type Peer, type PeerRun, runPeer } from './detector/peers.ts';
import { CART_LEFT } from './detector/playbook.ts';
import { type DetectorRun, type DetectorRunOptions, runDetector } from './detector/run-detector.ts';
import type { ShopSize } from './detector/shop.ts';

const figures: Readonly<Record<string, FigureAbout>> = {
  ratioKafkaStreamsMem: { about: 'events/s ÷ Kafka Streams, in-memory stores, 1 thread', better: 'higher', gate: 2 },
  ratioFlinkRocksDb: { about: 'events/s ÷ Flink with RocksDB state, parallelism 1', better: 'higher', gate: 1 },
  ratioFlinkHashmap: { about: 'events/s ÷ Flink with state on the heap', better: 'higher' },
  cpuRatioFlinkHashmap: { about: 'CPU seconds ÷ those of Flink with state on the heap', better: 'lower', gate: 1 },
  rssRatio: { about: 'peak memory ÷ that of the leanest peer', better: 'lower', gate: 0.5 },
  changelogBytesRatio: { about: "changelog bytes ÷ Kafka Streams'", better: 'lower', gate: 0.6 },
  durableRatio: { about: 'events/s ÷ without changelog', better: 'higher', gate: 0.85 },
  cpuRatioInstances: { about: 'CPU seconds of `--instances` processes ÷ those of one', better: 'lower', gate: 1.1 },
  eventsPerS: { about: 'events a second, first to last output, state durable', better: 'higher' },
  cpuSPerM: { about: 'CPU seconds per million events, the whole process with its start', better: 'lower' },
  rssMb: { about: 'peak resident memory, MB', better: 'lower' },
  changelogMbPerM: { about: 'MB of changelog per million events', better: 'lower' },
};

const VARIANTS = ['ours', 'notDurable', 'instances', 'kafkaStreamsMem', 'flinkHashmap', 'flinkRocksDb'] as const;
type Variant = (typeof VARIANTS)[number];
type Run = Omit<PeerRun, 'fired'>;
type Runs = Partial<Record<Variant, Run[]>>;

const sizeOf = ({ quick, options }: BenchContext): ShopSize => {
  const events = options.events === '' ? (quick ? 400_000 : 4_000_000) : Number(options.events);
  return { events, customers: options.keys === '' ? Math.ceil(events / 10) : Number(options.keys) };
};

/** By the environment, too, so that no stored baseline names a folder of somebody's machine. */
const peersFolder = (options: BenchContext['options']): string => options.peers || (process.env.KAIROS_PEERS ?? '');

/** Which of the variants run: without `--peers` there are none, and one process is compared with several on demand. */
const wanted = ({ options }: BenchContext): Variant[] => {
  const only = options.only === '' ? VARIANTS : (options.only ?? '').split(',');
  const unknown = only.filter((name) => !(VARIANTS as readonly string[]).includes(name));
  if (unknown.length > 0) throw new Error(`--only takes ${VARIANTS.join(', ')}; not ${unknown.join(', ')}`);
  return VARIANTS.filter((name) => {
    if (!only.includes(name)) return false;
    if (name === 'instances') return options.instances !== '1';
    return name === 'ours' || name === 'notDurable' || peersFolder(options) !== '';
  });
};

/** The stack with the topic of the bench on it; on a shared stack one that was filled before is used again. */
export const prepare = async (context: BenchContext, size: ShopSize) => {
  const stack = await context.stack(['kafka', 'registry']);
  const brokers = stack.address('kafka');
  const kafka = await connectKafka({ brokers, clientId: 'bench' });
  context.onEnd(() => kafka.close());
  const serde = await createSerde({ registryUrl: stack.address('registry') });
  const isThere = (await asAdmin(brokers, (admin) => admin.listTopics())).includes(INPUT);
  if (isThere) {
    const ends = [...(await kafka.offsets(INPUT)).values()];
    const records = ends.reduce((sum, { end }) => sum + end, 0);
    if (records === recordsOf(size)) context.say(`${INPUT} is filled already`);
    else throw new Error(`the stack has another ${INPUT}: ${records} records; give the bench a stack of its own`);
  } else {
    // The service makes the other topics; this one must keep the timestamps of the events, for Kafka Streams' sake.
    const config = { 'retention.ms': '-1', 'message.timestamp.type': 'CreateTime' };
    await kafka.createTopics([{ name: INPUT, partitions: PARTITIONS, config }]);
    await createWalkTopics(kafka, { partitions: PARTITIONS });
    const playbook = await publishPlaybook(kafka, serde, CART_LEFT);
    const { records, valueBytes, seconds } = await fillTopic({ brokers, serde, playbook, size });
    const about = `${Math.round(valueBytes / records)} bytes each, ${Math.round(records / seconds)}/s`;
    context.say(`${records} records on ${INPUT}, ${about}`);
  }
  return { stack, kafka, serde };
};

const asRun = ({ eventsPerS, cpuSPerM, rssMb, changelogBytes }: DetectorRun | PeerRun): Run => ({
  eventsPerS,
  cpuSPerM,
  rssMb,
  changelogBytes,
});

const figuresOf = (runs: Runs, { events }: ShopSize): Record<string, number> => {
  const of = (variant: Variant, figure: keyof Run): number[] => (runs[variant] ?? []).map((run) => run[figure] ?? 0);
  const found: Record<string, number> = {};
  const ratio = (name: string, figure: keyof Run, [a, b]: readonly [Variant, Variant]): void => {
    if (of(a, figure).length > 0 && of(b, figure).some((value) => value > 0)) {
      found[name] = pairedRatio(of(a, figure), of(b, figure));
    }
  };
  ratio('ratioKafkaStreamsMem', 'eventsPerS', ['ours', 'kafkaStreamsMem']);
  ratio('ratioFlinkRocksDb', 'eventsPerS', ['ours', 'flinkRocksDb']);
  ratio('ratioFlinkHashmap', 'eventsPerS', ['ours', 'flinkHashmap']);
  ratio('cpuRatioFlinkHashmap', 'cpuSPerM', ['ours', 'flinkHashmap']);
  ratio('changelogBytesRatio', 'changelogBytes', ['ours', 'kafkaStreamsMem']);
  ratio('durableRatio', 'eventsPerS', ['ours', 'notDurable']);
  ratio('cpuRatioInstances', 'cpuSPerM', ['instances', 'ours']);
  const peers = (['kafkaStreamsMem', 'flinkHashmap', 'flinkRocksDb'] as const).filter((name) => name in runs);
  if (runs.ours === undefined) return found;
  if (peers.length > 0) {
    found.rssRatio = median(of('ours', 'rssMb')) / Math.min(...peers.map((name) => median(of(name, 'rssMb'))));
  }
  const changelogMb = median(of('ours', 'changelogBytes')) / 1e6;
  return {
    ...found,
    eventsPerS: median(of('ours', 'eventsPerS')),
    cpuSPerM: median(of('ours', 'cpuSPerM')),
    rssMb: median(of('ours', 'rssMb')),
    changelogMbPerM: changelogMb / (events / 1e6),
  };
};

/** Each run's rate, CPU and memory, for the spread and for who wants to see the peers themselves. */
const samplesOf = (runs: Runs): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(runs).flatMap(([variant, of]) => [
      [`${variant}EventsPerS`, of.map(({ eventsPerS }) => eventsPerS)],
      [`${variant}CpuSPerM`, of.map(({ cpuSPerM }) => cpuSPerM)],
      [`${variant}RssMb`, of.map(({ rssMb }) => rssMb)],
    ]),
  );

export const assertRight = (firings: FiringSum, expected: FiringSum): void => {
  if (firings.digest === expected.digest) return;
  throw new Error(`the detector fired ${firings.digest}, and should have fired ${expected.digest}`);
};

/** The detector as it ships, against Flink and Kafka Streams on the same topic. */
export const detector: Bench = {
  name: 'detector',
  about: 'cart add and no order within an hour: events/s, CPU and memory ÷ Kafka Streams and Flink',
  figures,
  options: {
    events: { about: 'events on the topic; unless given 4,000,000, or 400,000 with --quick', default: '' },
    keys: { about: 'customers; unless given one for ten events', default: '' },
    instances: { about: 'also so many processes together', default: '1' },
    peers: {
      about: 'folder with the programs of the peers, kafka-streams/ and flink/ (needs Maven); or KAIROS_PEERS',
      default: '',
    },
    only: { about: `some of ${VARIANTS.join(', ')}, parted by commas`, default: '' },
    profiles: { about: 'folder for CPU profiles of our process', default: '' },
  },
  examples: ['--quick', '--peers ../peers --json', '--events 1000000 --only ours --profiles profiles'],
  run: async (context): Promise<BenchResult> => {
    const size = sizeOf(context);
    const variants = wanted(context);
    const isAgainstPeers = variants.some((name) => /Mem|flink/.test(name));
    const folder = isAgainstPeers ? await buildPeers(peersFolder(context.options), context.say) : '';
    const house = await prepare(context, size);
    const expected = expectedFirings(size);
    const cpuProf = context.options.profiles || undefined;
    const notes = [`${size.events} events of ${size.customers} customers, ${expected.count} firings`];
    const our = async (how: Pick<DetectorRunOptions, 'instances' | 'durable'>): Promise<Run> => {
      const run = await runDetector({ ...house, events: size.events, cpuProf, ...how });
      assertRight(run.firings, expected);
      return asRun(run);
    };
    const their = async (peer: Peer): Promise<Run> => {
      const run = await runPeer(peer, { ...house, folder, events: size.events });
      notes.push(`${peer}: ${Math.round(run.eventsPerS)}/s, ${run.cpuSPerM.toFixed(1)} CPU-s/M, fired ${run.fired}`);
      return asRun(run);
    };
    const works: Record<Variant, () => Promise<Run>> = {
      ours: () => our({ instances: 1, durable: true }),
      notDurable: () => our({ instances: 1, durable: false }),
      instances: () => our({ instances: Number(context.options.instances), durable: true }),
      kafkaStreamsMem: () => their('kafkaStreamsMem'),
      flinkHashmap: () => their('flinkHashmap'),
      flinkRocksDb: () => their('flinkRocksDb'),
    };
    const runs: Runs = await context.interleave(Object.fromEntries(variants.map((name) => [name, works[name]])));
    return { figures: figuresOf(runs, size), samples: samplesOf(runs), notes };
  },
};
