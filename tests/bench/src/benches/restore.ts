import { createWalkTopics, prefixedKafka } from '@kairos/stream-kit';
import type { Bench, BenchContext, BenchResult } from '../kit/bench.ts';
import { median, pairedRatio } from '../kit/statistics.ts';
import { openCluster } from '../kit/topics.ts';
import { type RestoreInput, works } from './restore/works.ts';

const PARTITIONS = 4;
const HEAP_MB = 8_000;

const run = async (context: BenchContext): Promise<BenchResult> => {
  const { brokers, port } = await openCluster(context);
  const persons = Number(context.options.persons) || (context.quick ? 100_000 : 1_000_000);
  const input: RestoreInput = { brokers, prefix: `${context.prefix}restore-`, partitions: PARTITIONS, persons };
  const options = { maxHeapMb: HEAP_MB };
  await createWalkTopics(prefixedKafka(port, input.prefix), { partitions: PARTITIONS });
  context.say(`writing the carts of ${persons} persons`);
  await context.work(works.writeCarts, input);
  context.say('one process takes them all in, and writes its changelog');
  const folded = await context.work(works.foldAll, input, options);
  const { raw, cold } = await context.interleave({
    raw: () => context.work(works.readRaw, input),
    cold: () => context.work(works.restoreCold, input, options),
  });
  const samples = {
    ratioCold: raw.map(({ seconds }, at) => pairedRatio([seconds], [cold[at]?.seconds ?? Number.NaN])),
    coldS: cold.map(({ seconds }) => seconds),
    coldCpuS: cold.map(({ cpuS }) => cpuS),
    coldRssMb: cold.map(({ rssMb }) => rssMb),
    rawS: raw.map(({ seconds }) => seconds),
    changelogMb: raw.map(({ bytes }) => bytes / 1e6),
    rssMb: [folded.rssMb],
    peakRssMb: [folded.peakRssMb],
    rssBytesPerPerson: [(folded.rssMb * 1e6) / persons],
  };
  return {
    figures: Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)])),
    samples,
    notes: [
      `${persons.toLocaleString('en')} persons, each with a cart and a pending timer, in ${PARTITIONS} partitions`,
    ],
  };
};

/** What a million persons weigh, and how soon a new process has them. */
export const restore: Bench = {
  name: 'restore',
  about: '1M persons in one process; cold restore against reading the same bytes',
  options: { persons: { about: 'how many; 0 = 1,000,000, with --quick 100,000', default: '0' } },
  figures: {
    rssMb: { about: 'resident memory of a detector that holds 1M persons, after a collection', better: 'lower' },
    peakRssMb: { about: 'its peak while it took them in', better: 'lower' },
    rssBytesPerPerson: { about: 'resident bytes per person, all in all', better: 'lower' },
    ratioCold: {
      about: 'rate of a cold restore from the changelog ÷ rate of reading the same bytes',
      better: 'higher',
      gate: 0.5,
    },
    coldS: { about: 'seconds from assignment to the last person', better: 'lower' },
    coldCpuS: { about: 'CPU seconds of the process until then', better: 'lower' },
    coldRssMb: { about: 'peak memory of the process until then', better: 'lower' },
    rawS: { about: 'seconds to read the same bytes through the port', better: 'lower' },
    changelogMb: { about: 'MB that the changelog holds, uncompacted', better: 'lower' },
  },
  run,
};
