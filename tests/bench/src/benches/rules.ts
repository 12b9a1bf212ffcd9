import type { Bench, BenchContext, BenchResult, Plot } from '../kit/bench.ts';
import { median, pairedRatio } from '../kit/statistics.ts';
import type { StageOutput } from './rules/run-stage.ts';
import { works } from './rules/works.ts';

type Samples = Record<string, number[]>;
interface Part {
  readonly samples: Samples;
  readonly notes: readonly string[];
  readonly plots?: readonly Plot[];
}

const HEAP_MB = 6_000;
const SIZES = [1, 10, 100, 1_000] as const;

const us = (runs: readonly StageOutput[]): number[] => runs.map(({ cpuUs }) => cpuUs);
/** Neighbours in time are compared with each other. */
const ratios = (of: readonly StageOutput[], to: readonly StageOutput[], figure: 'perCpuS' | 'cpuUs'): number[] =>
  of.map((run, at) => pairedRatio([run[figure]], [to[at]?.[figure] ?? Number.NaN]));

const measureTriggers = async (context: BenchContext): Promise<Part> => {
  const events = context.quick ? 20_000 : 200_000;
  const thousandNamed = { triggers: 1_000, events, named: true };
  const taken: Readonly<Record<string, readonly StageOutput[]>> = await context.interleave({
    ...Object.fromEntries(
      SIZES.map((triggers) => [
        `${triggers} triggers`,
        () => context.work(works.overTriggers, { triggers, events }, { maxHeapMb: HEAP_MB }),
      ]),
    ),
    named: () => context.work(works.overTriggers, thousandNamed, { maxHeapMb: HEAP_MB }),
  });
  const at = (triggers: (typeof SIZES)[number]): readonly StageOutput[] => taken[`${triggers} triggers`] ?? [];
  const [one, ten, thousand] = [at(1), at(10), at(1_000)];
  const of = thousand[0];
  return {
    samples: {
      ratioTriggers: ratios(thousand, one, 'perCpuS'),
      ratioTriggersTen: ratios(thousand, ten, 'perCpuS'),
      ratioTriggersNamed: ratios(taken.named ?? [], one, 'perCpuS'),
      cpuUsOne: us(one),
      cpuUsThousand: us(thousand),
    },
    notes: of === undefined ? [] : [`1,000 triggers: ${of.firings} firings and ${of.notStarted} matches not started`],
    plots: [
      {
        file: 'rules-triggers',
        title: 'Detector: cost of an event against live triggers',
        xLabel: 'live triggers',
        yLabel: 'CPU µs per event',
        xScale: 'log',
        series: [
          {
            name: 'CPU µs per event',
            points: SIZES.map((triggers) => [triggers, Number(median(us(at(triggers))).toFixed(2))] as const),
          },
        ],
      },
    ],
  };
};

const measureOpen = async (context: BenchContext): Promise<Part> => {
  const [many, events] = context.quick ? [2_000, 4_000] : [100_000, 200_000];
  const run = (open: number, persons: number) => () =>
    context.work(works.overOpenMatches, { open, persons, events }, { maxHeapMb: HEAP_MB });
  const [few, crowd] = context.quick ? [40, 20] : [100, 1_000];
  const { one, hundredThousand, oneEach, manyEach } = await context.interleave({
    one: run(1, 1),
    hundredThousand: run(many, 1),
    oneEach: run(1, crowd),
    manyEach: run(few, crowd),
  });
  return {
    samples: {
      ratioOpen: ratios(hundredThousand, one, 'cpuUs'),
      ratioOpenCold: ratios(manyEach, oneEach, 'cpuUs'),
      cpuUsOpen: us(hundredThousand),
      cpuUsOpenCold: us(manyEach),
    },
    notes: [],
  };
};

const measureJourneys = async (context: BenchContext): Promise<Part> => {
  const events = context.quick ? 20_000 : 300_000;
  const { on, off } = await context.interleave({
    on: () => context.work(works.overJourneys, { journeys: true, events }, { maxHeapMb: HEAP_MB }),
    off: () => context.work(works.overJourneys, { journeys: false, events }, { maxHeapMb: HEAP_MB }),
  });
  return { samples: { ratioJourneys: ratios(on, off, 'perCpuS'), cpuUsJourneys: us(on) }, notes: [] };
};

const parts = { triggers: measureTriggers, open: measureOpen, journeys: measureJourneys };

const run = async (context: BenchContext): Promise<BenchResult> => {
  const { only } = context.options;
  const taken: Part[] = [];
  for (const [name, measure] of Object.entries(parts)) {
    if (only === '' || only === name) taken.push(await measure(context));
  }
  const samples: Samples = Object.assign({}, ...taken.map((part) => part.samples));
  return {
    figures: Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)])),
    samples,
    plots: taken.flatMap(({ plots = [] }) => plots),
    notes: taken.flatMap(({ notes }) => notes),
  };
};

/** What rules cost: many of them, many matches of one that wait, and journeys. */
export const rules: Bench = {
  name: 'rules',
  about: 'the detector under 1,000 live triggers ÷ 1; 100,000 open matches on one key ÷ one; journeys on ÷ off',
  options: { only: { about: 'triggers, open or journeys; empty = all', default: '', choosesPart: true } },
  figures: {
    ratioTriggers: {
      about: 'events/s under 1,000 live triggers of mixed types ÷ under 1',
      better: 'higher',
      gate: 0.6,
    },
    ratioTriggersTen: { about: 'the same ÷ under 10', better: 'higher' },
    ratioTriggersNamed: {
      about: 'the same ÷ under 1, where all thousand name the events that they are about',
      better: 'higher',
    },
    cpuUsOne: { about: 'CPU µs per event under 1 trigger, no broker', better: 'lower' },
    cpuUsThousand: { about: 'CPU µs per event under 1,000', better: 'lower' },
    ratioOpen: {
      about: 'cost of an event of a person who has opened 100,000 matches of a trigger ÷ of one who has opened one',
      better: 'lower',
      gate: 1.2,
    },
    ratioOpenCold: {
      about: 'the same of 1,000 persons in turns, each with as many as are kept, so that no state stays unpacked',
      better: 'lower',
    },
    cpuUsOpen: { about: 'CPU µs of such an event, one person', better: 'lower' },
    cpuUsOpenCold: { about: 'CPU µs of such an event, 1,000 persons in turns', better: 'lower' },
    ratioJourneys: {
      about: 'events/s where the trigger starts a journey of several steps ÷ where it sends one message',
      better: 'higher',
      gate: 0.8,
    },
    cpuUsJourneys: { about: 'CPU µs per event with the journey', better: 'lower' },
  },
  examples: ['--quick', '--only triggers --profile', '--json'],
  run,
};
