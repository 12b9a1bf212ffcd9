import { createWalkTopics, prefixedKafka } from '@kairos/stream-kit';
import type { Bench, BenchContext, BenchResult } from '../kit/bench.ts';
import { watchLoopDelay } from '../kit/measure.ts';
import { median, pairedRatio } from '../kit/statistics.ts';
import { openCluster } from '../kit/topics.ts';
import type { PendingInput, PendingOutput } from './timers/index-works.ts';
import { works } from './timers/works.ts';

type Samples = Record<string, number[]>;

/** Both sizes get the same heap limit, so that neither collects garbage more eagerly. */
const HEAP_MB = 6_000;

const ratios = (large: readonly PendingOutput[], small: readonly PendingOutput[]): number[] =>
  large.map(({ perCpuS }, at) => pairedRatio([perCpuS], [small[at]?.perCpuS ?? Number.NaN]));

const sizesOf = (quick: boolean): { small: PendingInput; large: PendingInput } => {
  const operations = quick ? 4_000 : 60_000;
  const [small, large] = quick ? [1_000, 10_000] : [100_000, 1_000_000];
  return { small: { pending: small, operations }, large: { pending: large, operations } };
};

const measurePending = async (context: BenchContext): Promise<Samples> => {
  const sizes = sizesOf(context.quick);
  const { small, large } = await context.interleave({
    small: () => context.work(works.throughCore, sizes.small, { maxHeapMb: HEAP_MB }),
    large: () => context.work(works.throughCore, sizes.large, { maxHeapMb: HEAP_MB }),
  });
  return {
    ratioPending: ratios(large, small),
    perCpuS: large.map(({ perCpuS }) => perCpuS),
    bytesPerPerson: large.map(({ bytesPerTimer }) => bytesPerTimer),
    rssMb: large.map(({ rssMb }) => rssMb),
  };
};

const measureIndex = async (context: BenchContext): Promise<Samples> => {
  const sizes = sizesOf(context.quick);
  const { small, large } = await context.interleave({
    small: () => context.work(works.indexAlone, sizes.small, { maxHeapMb: HEAP_MB }),
    large: () => context.work(works.indexAlone, sizes.large, { maxHeapMb: HEAP_MB }),
  });
  return {
    ratioIndex: ratios(large, small),
    indexPerCpuS: large.map(({ perCpuS }) => perCpuS),
    bytesPerTimer: large.map(({ bytesPerTimer }) => bytesPerTimer),
  };
};

const measureDue = async (context: BenchContext): Promise<Samples> => {
  const { brokers, port } = await openCluster(context);
  const timers = Number(context.options.due) || (context.quick ? 5_000 : 1_000_000);
  // One run: a million timers take a minute to arm, and what is asked for is a bound, not a comparison.
  const house = { brokers, prefix: `${context.prefix}due-` };
  await createWalkTopics(prefixedKafka(port, house.prefix), { partitions: 1 });
  context.say(`arming ${timers} timers`);
  await context.work(works.writeCarts, { ...house, partitions: 1, persons: timers });
  context.say('a stage reads them, then all are due at once');
  // This process has nothing to do meanwhile: how late it is, the machine is.
  const idleDelay = watchLoopDelay();
  const due = await context.work(works.fireAll, { ...house, timers }, { maxHeapMb: HEAP_MB });
  const idle = idleDelay();
  return {
    dueDelayP99Ms: [due.delay.p99Ms],
    dueDelayMaxMs: [due.delay.maxMs],
    idleDelayP99Ms: [idle.p99Ms],
    dueFiredPerS: [timers / due.fireS],
    dueMembershipAlive: [Number(due.membershipAlive)],
    dueFiredOnce: [Number(due.firedOnce)],
    dueRssMb: [due.rssMb],
  };
};

const run = async (context: BenchContext): Promise<BenchResult> => {
  const { only } = context.options;
  const wanted = (part: string): boolean => only === '' || only === part;
  const samples = {
    ...(wanted('pending') ? await measurePending(context) : {}),
    ...(wanted('index') ? await measureIndex(context) : {}),
    ...(wanted('due') ? await measureDue(context) : {}),
  };
  return {
    figures: Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)])),
    samples,
    notes: wanted('due') ? ['what is due at once is measured in one run'] : [],
  };
};

/** Timers: what many pending ones cost, and what happens when all are due at once. */
export const timers: Bench = {
  name: 'timers',
  about: '1M pending timers ÷ 100k; 1M due at once in a running stage',
  options: {
    due: { about: 'how many timers are due at once; 0 = 1,000,000, with --quick 5,000', default: '0' },
    only: { about: 'pending, index or due; empty = all', default: '', choosesPart: true },
  },
  examples: ['--only pending --runs 5'],
  figures: {
    ratioPending: {
      about: "schedule + cancel rate through the detector's fold, 1M pending ÷ 100k pending",
      better: 'higher',
      gate: 0.8,
    },
    perCpuS: { about: 'events that schedule or cancel, per CPU second, 1M pending', better: 'higher' },
    bytesPerPerson: { about: 'heap per person with one pending timer: state, key and timer', better: 'lower' },
    rssMb: { about: 'peak memory of the process with 1M pending', better: 'lower' },
    ratioIndex: { about: 'the same ratio for the index of due times alone', better: 'higher' },
    indexPerCpuS: { about: 'schedules and cancels per CPU second, the index alone, 1M pending', better: 'higher' },
    bytesPerTimer: { about: 'heap per timer in the index, its key not counted', better: 'lower' },
    dueDelayP99Ms: {
      about: 'event-loop delay p99 while 1M timers that are due at once fire',
      better: 'lower',
      gate: 50,
    },
    dueDelayMaxMs: { about: 'the longest delay of the same', better: 'lower' },
    idleDelayP99Ms: { about: 'the same p99 of an idle process meanwhile: what the machine adds by itself' },
    dueFiredPerS: { about: 'timers fired per second, each detected and proposed on the log', better: 'higher' },
    dueMembershipAlive: { about: '1 = the stage is the same member of its group as before', better: 'higher', gate: 1 },
    dueFiredOnce: { about: '1 = each person was detected once and proposed once', better: 'higher', gate: 1 },
    dueRssMb: { about: 'peak memory of the stage', better: 'lower' },
  },
  run,
};
