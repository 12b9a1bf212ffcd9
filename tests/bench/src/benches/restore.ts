import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
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
  const stateDir = await mkdtemp(path.join(tmpdir(), 'kairos-bench-restore-'));
  const { raw, cold, warm } = await measured(context, input, stateDir).finally(() =>
    rm(stateDir, { recursive: true, force: true }),
  );
  const samples = {
    ratioCold: raw.map(({ seconds }, at) => pairedRatio([seconds], [cold[at]?.seconds ?? Number.NaN])),
    ratioWarm: warm.map(({ seconds }, at) => pairedRatio([seconds], [cold[at]?.seconds ?? Number.NaN])),
    ratioWarmCpu: warm.map(({ cpuS }, at) => pairedRatio([cpuS], [cold[at]?.cpuS ?? Number.NaN])),
    warmS: warm.map(({ seconds }) => seconds),
    warmCpuS: warm.map(({ cpuS }) => cpuS),
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

const measured = async (context: BenchContext, input: RestoreInput, stateDir: string) => {
  const options = { maxHeapMb: HEAP_MB };
  const restoreWarm = () => context.work(works.restoreWarm, { ...input, stateDir }, options);
  context.say('a process leaves its copy for the warm ones');
  await restoreWarm();
  return context.interleave({
    raw: () => context.work(works.readRaw, input),
    cold: () => context.work(works.restoreCold, input, options),
    warm: async () => {
      const output = await restoreWarm();
      if (output.warm !== PARTITIONS) throw new Error(`${output.warm} partitions started warm, not ${PARTITIONS}`);
      return output;
    },
  });
};

/** What a million persons weigh, and how soon a new process has them. */
export const restore: Bench = {
  name: 'restore',
  about: '1M persons in one process; cold restore against reading the same bytes, warm restart against cold',
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
    ratioWarm: {
      about: 'seconds of a warm restart, from the copy on this machine ÷ of a cold one',
      better: 'lower',
      gate: 0.2,
    },
    ratioWarmCpu: {
      about: 'CPU seconds of the process until then, start of Node included: warm ÷ cold',
      better: 'lower',
    },
    warmS: { about: 'seconds from assignment to the last person, warm', better: 'lower' },
    warmCpuS: { about: 'CPU seconds of the process until then', better: 'lower' },
    coldS: { about: 'seconds from assignment to the last person', better: 'lower' },
    coldCpuS: { about: 'CPU seconds of the process until then', better: 'lower' },
    coldRssMb: { about: 'peak memory of the process until then', better: 'lower' },
    rawS: { about: 'seconds to read the same bytes through the port', better: 'lower' },
    changelogMb: { about: 'MB that the changelog holds, uncompacted', better: 'lower' },
  },
  run,
};
