import { REHEARSAL_FORMAT, type RehearsalReport } from '@kairos/contracts';
import type { PublishedPlaybook } from '@kairos/decisions';
import { type History, type HistoryOptions, prepared } from './history/history.ts';
import { inOrder } from './history/in-order.ts';
import { companyOf, runReport } from './report/build.ts';
import { differenceOf } from './report/difference.ts';
import { Tally } from './report/tally.ts';
import { type HistoryEvent, RehearsalWalk } from './walk.ts';

/** A playbook that is rehearsed. */
export interface Side {
  /** Where it came from: a folder, or the live one. */
  readonly from: string;
  readonly published: PublishedPlaybook;
}

export interface RehearsalProgress {
  /** Of the history, from 0 to 1. */
  readonly share: number;
  readonly events: number;
  readonly seconds: number;
  /** Virtual time. */
  readonly atMs: number;
}

export interface RehearsalOptions extends HistoryOptions {
  readonly name: string;
  readonly history: History;
  /** One, or two to be compared. */
  readonly sides: readonly Side[];
  /** Virtual time ends here, and what happens later is left out; UTC ms. Default: when nothing waits any more. */
  readonly untilMs?: number | undefined;
  /** Persons whose whole story is told. */
  readonly persons?: readonly string[];
  /** Wall clock, UTC ms. */
  readonly now: () => number;
  onProgress?(progress: RehearsalProgress): void;
}

const DAY_MS = 86_400_000;
/** Birthdays come round every year: the wait for what is still due ends here. */
const LONGEST_WAIT_MS = 90 * DAY_MS;

interface Run {
  readonly side: Side;
  readonly tally: Tally;
  readonly walk: RehearsalWalk;
}

/** Rehearses one or two playbooks over the same events, each event read once. */
export async function rehearse(options: RehearsalOptions): Promise<RehearsalReport> {
  const started = options.now();
  const stage = new Rehearsal(options, started);
  for await (const batch of inOrder(options.history.read())) {
    stage.take(batch);
    const { share } = options.history;
    options.onProgress?.({ share, events: stage.events, seconds: (options.now() - started) / 1000, atMs: stage.nowMs });
  }
  return stage.end();
}

class Rehearsal {
  readonly #options: RehearsalOptions;
  readonly #startedMs: number;
  readonly #prepare: (happened: HistoryEvent) => HistoryEvent;
  #runs: readonly Run[] = [];
  #firstAtMs: number | undefined;
  #lastAtMs = 0;
  #late = 0;
  events = 0;

  constructor(options: RehearsalOptions, startedMs: number) {
    this.#options = options;
    this.#startedMs = startedMs;
    this.#prepare = prepared(options);
  }

  get nowMs(): number {
    return this.#lastAtMs;
  }

  take(batch: readonly HistoryEvent[]): void {
    const { untilMs = Number.POSITIVE_INFINITY } = this.#options;
    for (const happened of batch) {
      if (happened.atMs > untilMs) continue;
      if (this.#firstAtMs === undefined) this.#begin(happened.atMs);
      if (happened.atMs < this.#lastAtMs) this.#late += 1;
      else this.#lastAtMs = happened.atMs;
      this.events += 1;
      const event = this.#prepare(happened);
      for (const { walk } of this.#runs) walk.take(event);
    }
  }

  end(): RehearsalReport {
    const { name, history, untilMs, now } = this.#options;
    if (this.#firstAtMs === undefined) this.#begin(untilMs ?? now());
    const latestMs = untilMs ?? this.#lastAtMs + LONGEST_WAIT_MS;
    const isQuiet = this.#runs.map(({ walk }) => walk.finish(latestMs)).every(Boolean);
    if (untilMs !== undefined) for (const { walk } of this.#runs) walk.advanceTo(untilMs);
    const [a, b] = this.#runs;
    const company = a === undefined ? undefined : companyOf(a.side.published);
    return {
      format: REHEARSAL_FORMAT,
      name,
      madeAtMs: now(),
      currency: company?.currency ?? 'EUR',
      events: {
        from: history.from,
        count: this.events,
        firstAtMs: this.#firstAtMs ?? 0,
        lastAtMs: this.#lastAtMs,
        unreadable: history.unreadable,
        late: this.#late,
      },
      end: { atMs: Math.max(...this.#runs.map(({ walk }) => walk.nowMs)), isQuiet },
      tookMs: now() - this.#startedMs,
      runs: this.#runs.map(({ side, tally, walk }, at) =>
        runReport(tally, {
          label: 'AB'[at] ?? '',
          from: side.from,
          published: side.published,
          persons: walk.names - tally.moved,
        }),
      ),
      difference: a === undefined || b === undefined ? null : differenceOf(a.tally, b.tally),
    };
  }

  #begin(atMs: number): void {
    this.#firstAtMs = atMs;
    this.#lastAtMs = atMs;
    this.#runs = this.#options.sides.map((side) => {
      const tally = new Tally(this.#options.persons);
      return { side, tally, walk: new RehearsalWalk(side.published, tally, atMs) };
    });
  }
}
