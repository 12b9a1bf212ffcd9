import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, BenchContext, BenchResult } from '../kit/bench.ts';
import { median, pairedRatio } from '../kit/statistics.ts';
import { expectedFirings } from './detector/oracle.ts';
import { runDetector } from './detector/run-detector.ts';
import { type ShopSize, timeOf } from './detector/shop.ts';
import { assertRight, prepare } from './detector.ts';
import { writeHistory } from './simulate/history.ts';
import { type RehearseInput, type RehearseOutput, works } from './simulate/works.ts';

/** So many times fewer events of the same persons. */
const FEWER = 4;

const sizeOf = ({ quick, options }: BenchContext): ShopSize => {
  const events = options.events === '' ? (quick ? 40_000 : 400_000) : Number(options.events);
  return { events, customers: Math.ceil(events / 10) };
};

/** Histories in files, deleted at the end. */
async function writeHistories(context: BenchContext, size: ShopSize) {
  const folder = mkdtempSync(join(tmpdir(), 'kairos-bench-simulate-'));
  context.onEnd(() => rmSync(folder, { recursive: true, force: true }));
  const fewer: ShopSize = { ...size, events: Math.floor(size.events / FEWER) };
  const write = async (name: string, of: ShopSize): Promise<Omit<RehearseInput, 'playbook'>> => {
    const file = join(folder, `${name}.ndjson`);
    await writeHistory(file, of);
    return { file, untilMs: timeOf(of.events - 1, of) };
  };
  return { whole: await write('whole', size), quarter: await write('quarter', fewer) };
}

type Run = Pick<RehearseOutput, 'eventsPerS' | 'cpuSPerM' | 'rssMb'>;

const of = (runs: readonly Run[], figure: keyof Run): number[] => runs.map((run) => run[figure]);

/** A rehearsal against the detector as it ships, over the same events and under the same playbook. */
export const simulate: Bench = {
  name: 'simulate',
  about: 'a rehearsal: events/s through all stages ÷ those of the live detector alone, and memory as events grow',
  figures: {
    ratioDetector: {
      about: 'events/s of a rehearsal (identify, enrich, detect, arbitrate; one process) ÷ the live detector’s',
      better: 'higher',
      gate: 1,
    },
    cpuRatioDetector: { about: 'CPU seconds of a rehearsal ÷ the live detector’s', better: 'lower' },
    rssRatioEvents: {
      about: `peak memory ÷ that with a ${FEWER}th of the events of the same persons`,
      better: 'lower',
      gate: 2,
    },
    eventsPerS: { about: 'events a second through a rehearsal, one trigger', better: 'higher' },
    starterEventsPerS: { about: 'the same with the starter playbook', better: 'higher' },
    detectorEventsPerS: { about: 'events a second through the live detector' },
    cpuSPerM: { about: 'CPU seconds per million events of a rehearsal', better: 'lower' },
    rssMb: { about: 'peak memory of a rehearsal, MB', better: 'lower' },
  },
  options: { events: { about: 'events; unless given 400,000, or 40,000 with --quick', default: '' } },
  examples: ['--quick', '--events 1000000 --json', '--profile'],
  run: async (context): Promise<BenchResult> => {
    const size = sizeOf(context);
    const expected = expectedFirings(size);
    const exact = expectedFirings(size, { atOwnMoment: true });
    const house = await prepare(context, size);
    const { whole, quarter } = await writeHistories(context, size);
    const { live, rehearsed } = await context.interleave({
      live: async (): Promise<Run> => {
        const run = await runDetector({ ...house, events: size.events, instances: 1, durable: true });
        assertRight(run.firings, expected);
        return run;
      },
      rehearsed: async (): Promise<Run> => {
        const run = await context.work(works.rehearseFile, { ...whole, playbook: 'cart-left' });
        if (run.fired !== exact.count)
          throw new Error(`the rehearsal fired ${run.fired} times, and should have fired ${exact.count} times`);
        return run;
      },
    });
    const fewer = await context.work(works.rehearseFile, { ...quarter, playbook: 'cart-left' });
    const starter = await context.work(works.rehearseFile, { ...quarter, playbook: 'starter' });
    const rates = of(live, 'eventsPerS');
    return {
      figures: {
        ratioDetector: pairedRatio(of(rehearsed, 'eventsPerS'), rates),
        cpuRatioDetector: pairedRatio(of(rehearsed, 'cpuSPerM'), of(live, 'cpuSPerM')),
        rssRatioEvents: median(of(rehearsed, 'rssMb')) / fewer.rssMb,
        eventsPerS: median(of(rehearsed, 'eventsPerS')),
        starterEventsPerS: starter.eventsPerS,
        detectorEventsPerS: median(rates),
        cpuSPerM: median(of(rehearsed, 'cpuSPerM')),
        rssMb: median(of(rehearsed, 'rssMb')),
      },
      samples: { eventsPerS: of(rehearsed, 'eventsPerS'), detectorEventsPerS: rates, rssMb: of(rehearsed, 'rssMb') },
      notes: [
        `${size.events} events of ${size.customers} persons, ${expected.count} firings live, where time is told after each thousand, and ${exact.count} at their own moments`,
        `starter playbook: ${starter.events} events, ${starter.fired} firings`,
      ],
    };
  },
};
