import { createWalkTopics, prefixedKafka } from '@kairos/stream-kit';
import type { Bench, BenchContext, BenchResult, Plot, Series } from '../kit/bench.ts';
import { median } from '../kit/statistics.ts';
import { openCluster } from '../kit/topics.ts';
import { works } from './growth/works.ts';

type Points = Series['points'];

const HEAP_MB = 6_000;

/** The rate at each size, every size run in turns. */
const over = async (
  context: BenchContext,
  sizes: readonly number[],
  rateAt: (size: number) => Promise<number>,
): Promise<Points> => {
  const rates = await context.interleave(
    Object.fromEntries(sizes.map((size) => [`at ${size.toLocaleString('en')}`, () => rateAt(size)])),
  );
  return Object.values(rates).map((taken, at) => [sizes[at] ?? 0, Math.round(median(taken))] as const);
};

const overKeys = (context: BenchContext): Promise<Points> => {
  const [sizes, events] = context.quick ? [[100, 1_000], 8_000] : [[1_000, 10_000, 100_000, 1_000_000], 400_000];
  return over(
    context,
    sizes,
    async (keys) => (await context.work(works.overKeys, { keys, events }, { maxHeapMb: HEAP_MB })).perCpuS,
  );
};

const overPending = (context: BenchContext): Promise<Points> => {
  const [sizes, operations] = context.quick ? [[100, 1_000], 4_000] : [[1_000, 10_000, 100_000, 1_000_000], 200_000];
  return over(
    context,
    sizes,
    async (pending) => (await context.work(works.overPending, { pending, operations }, { maxHeapMb: HEAP_MB })).perCpuS,
  );
};

const overPartitions = async (context: BenchContext): Promise<{ wall: Points; cpu: Points }> => {
  const { brokers, port } = await openCluster(context);
  const [sizes, events] = context.quick ? [[1, 2], 40_000] : [[1, 4, 12, 24], 300_000];
  const wall: [number, number][] = [];
  const cpu: [number, number][] = [];
  for (const partitions of sizes) {
    const house = { brokers, prefix: `${context.prefix}p${partitions}-` };
    await createWalkTopics(prefixedKafka(port, house.prefix), { partitions });
    await context.work(works.writeCarts, { ...house, partitions, persons: Math.ceil(events / 10), events });
    const { perS, perCpuS } = await context.work(works.overPartitions, { ...house, partitions, events });
    context.say(`${partitions} partitions: ${Math.round(perS)} events/s`);
    wall.push([partitions, Math.round(perS)]);
    cpu.push([partitions, Math.round(perCpuS)]);
  }
  return { wall, cpu };
};

const plotOf = (file: string, xLabel: string, series: readonly Series[]): Plot => ({
  file,
  title: `Detector: events/s against ${xLabel}`,
  xLabel,
  yLabel: 'events/s',
  xScale: 'log',
  series,
});

/** The last point ÷ the first: 1 = the cost does not grow. */
const flatness = (points: Points): number => (points.at(-1)?.[1] ?? 0) / (points[0]?.[1] ?? Number.NaN);

const run = async (context: BenchContext): Promise<BenchResult> => {
  const { only } = context.options;
  const wanted = (part: string): boolean => only === '' || only === part;
  const figures: Record<string, number> = {};
  const plots: Plot[] = [];
  if (wanted('keys')) {
    const points = await overKeys(context);
    figures.ratioKeys = flatness(points);
    plots.push(plotOf('growth-keys', 'keys', [{ name: 'per CPU second, in memory', points }]));
  }
  if (wanted('pending')) {
    const points = await overPending(context);
    figures.ratioPendingTimers = flatness(points);
    plots.push(plotOf('growth-pending', 'pending timers', [{ name: 'per CPU second, in memory', points }]));
  }
  if (wanted('partitions')) {
    const { wall, cpu } = await overPartitions(context);
    figures.ratioPartitions = flatness(cpu);
    plots.push(
      plotOf('growth-partitions', 'partitions of one process', [
        { name: 'per second', points: wall },
        { name: 'per CPU second', points: cpu },
      ]),
    );
  }
  return { figures, plots };
};

/** How the cost of an event grows with what is held. */
export const growth: Bench = {
  name: 'growth',
  about: 'events/s of the detector against keys, partitions and pending timers; draws the plots',
  options: { only: { about: 'keys, pending or partitions; empty = all', default: '', choosesPart: true } },
  figures: {
    ratioKeys: { about: 'events per CPU second at 1M keys ÷ at 1,000', better: 'higher' },
    ratioPendingTimers: { about: 'events per CPU second with 1M timers pending ÷ with 1,000', better: 'higher' },
    ratioPartitions: { about: 'events per CPU second of one process with 24 partitions ÷ with 1', better: 'higher' },
  },
  run,
};
