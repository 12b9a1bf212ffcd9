import { defaultWorkers, openPlaces, readPlaybookFiles, rehearse, starterFolder } from '@kairos/cli';
import { parsePlaybook, toPublished } from '@kairos/playbook';
import { measure } from '../../kit/measure.ts';
import { peakRssMb } from '../../kit/proc.ts';
import { definitionsOf } from '../../kit/publish-playbook.ts';
import { declareWorks } from '../../kit/work.ts';
import { CART_LEFT } from '../detector/playbook.ts';

export interface RehearseInput {
  /** One event a line. */
  readonly file: string;
  readonly playbook: 'cart-left' | 'starter';
  /** Where virtual time ends, UTC ms. */
  readonly untilMs: number;
}

export interface RehearseOutput {
  readonly events: number;
  readonly eventsPerS: number;
  readonly cpuSPerM: number;
  readonly rssMb: number;
  readonly fired: number;
  readonly persons: number;
}

/** From the first line of the file to the report, in this process and its threads. */
async function rehearseFile({ file, playbook, untilMs }: RehearseInput): Promise<RehearseOutput> {
  const definitions =
    playbook === 'starter'
      ? parsePlaybook(await readPlaybookFiles(starterFolder)).definitions
      : definitionsOf(CART_LEFT);
  const published = toPublished(definitions, { offset: 0, timeScale: 1 });
  const history = await openPlaces([file], { id: 'server', kind: 'server' });
  const { result, wallS, cpuS } = await measure(() =>
    rehearse({
      name: 'bench',
      history,
      sides: [{ from: playbook, published }],
      untilMs,
      keepBackfill: false,
      everyoneReachable: false,
      // As many as whoever types the command gets.
      workers: defaultWorkers(history),
      now: Date.now,
    }),
  );
  const [run] = result.runs;
  return {
    events: result.events.count,
    eventsPerS: result.events.count / wallS,
    cpuSPerM: cpuS / (result.events.count / 1e6),
    rssMb: peakRssMb(),
    fired: run?.totals.fired ?? 0,
    persons: run?.persons.all ?? 0,
  };
}

export const works = declareWorks(import.meta.url, { rehearseFile });
