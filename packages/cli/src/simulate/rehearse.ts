import { REHEARSAL_FORMAT, type RehearsalReport } from '@kairos/contracts';
import type { PublishedPlaybook } from '@kairos/decisions';
import type { Glimpse, History, HistoryOptions } from './history/history.ts';
import { inOrder } from './history/in-order.ts';
import { companyOf, runReport } from './report/build.ts';
import { differenceOf } from './report/difference.ts';
import { Tally } from './report/tally.ts';
import { Apart, ConnectedIds, placeByIds } from './shares/connected-ids.ts';
import { Crew } from './shares/crew.ts';
import { Misread } from './shares/messages.ts';
import { Share, type ShareAbout, type ShareResult, type ShareUntil } from './shares/share.ts';
import { startThread, type Walker } from './shares/threads.ts';
import { Walkers } from './shares/walkers.ts';
import { VirtualTime } from './virtual-time.ts';

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
  /**
   * Threads that walk beside the one that reads; the report is the same whatever their number. Default 1: all in this
   * thread, as always where the history can be read but once.
   */
  readonly workers?: number;
  /** So many events are held back at least, to be put in order of time. Default: see `inOrder`. */
  readonly held?: number;
  /** Wall clock, UTC ms. */
  readonly now: () => number;
  onProgress?(progress: RehearsalProgress): void;
  /** Who walks beside. Default: a thread. */
  readonly startWalker?: () => Walker;
}

/** Of all work, finding out who belongs together. */
const LOOKING_AHEAD = 0.1;

/** Rehearses one or two playbooks over the same events. */
export async function rehearse(options: RehearsalOptions): Promise<RehearsalReport> {
  const { workers = 1, history } = options;
  if (workers < 2 || history.glimpses === undefined) return new Rehearsal(options).alone();
  // They get ready while the first lines are read.
  const walkers = new Walkers(workers, options.startWalker ?? startThread);
  try {
    return await together(options, { walkers, workers, isHasty: true, isConnected: false });
  } finally {
    await walkers.close();
  }
}

/** Makes do with what costs least, and begins again with more where the history shows that it will not do. */
async function together(options: RehearsalOptions, how: Sharing): Promise<RehearsalReport> {
  try {
    return await new Rehearsal(options).together(how);
  } catch (error) {
    if (error instanceof Apart) return together(options, { ...how, isConnected: true });
    if (error instanceof Misread) return together(options, { ...how, isHasty: false });
    throw error;
  }
}

interface Sharing {
  readonly walkers: Walkers;
  readonly workers: number;
  /** Lines are glanced at, and not parsed, before they are handed on. */
  readonly isHasty: boolean;
  /** Who belongs together is found first: in many histories nobody has two ids, or both fall to one share. */
  readonly isConnected: boolean;
}

class Rehearsal {
  readonly #options: RehearsalOptions;
  readonly #startedMs: number;
  readonly #time: VirtualTime;
  #lookedAhead = 0;

  constructor(options: RehearsalOptions) {
    this.#options = options;
    this.#startedMs = options.now();
    this.#time = new VirtualTime(options.untilMs);
  }

  /** Each event read once, and everybody's walk in this thread. */
  async alone(): Promise<RehearsalReport> {
    const { history } = this.#options;
    let share: Share | undefined;
    for await (const batch of inOrder(history.read(), this.#options.held)) {
      for (const { atMs, event } of batch) {
        const inMs = this.#time.take(atMs);
        if (inMs === undefined) continue;
        share ??= new Share(this.#about, inMs);
        share.take({ atMs: inMs, event });
      }
      this.#tell(history.share);
    }
    share ??= new Share(this.#about, this.#emptyStartMs);
    return this.#report([share.end(this.#until)]);
  }

  /** Each group of persons goes to one of several threads. */
  async together({ walkers, workers, isHasty, isConnected }: Sharing): Promise<RehearsalReport> {
    const connected = isConnected ? await this.#connections(isHasty) : undefined;
    const crew = new Crew({ workers, placeOf: connected?.placeOf ?? placeByIds, startWalker: () => walkers.next() });
    this.#lookedAhead = isConnected ? LOOKING_AHEAD : 0;
    try {
      await this.#share(crew, isHasty);
      if (this.#time.events > 0) return this.#report(await crew.end(this.#until));
      return this.#report([new Share(this.#about, this.#emptyStartMs).end(this.#until)]);
    } finally {
      await crew.close();
    }
  }

  async #connections(isHasty: boolean): Promise<ConnectedIds> {
    const { history } = this.#options;
    const connected = new ConnectedIds();
    for await (const batch of this.#glimpses(isHasty)) {
      for (const { ids } of batch) connected.connect(ids);
      this.#tell(history.share * LOOKING_AHEAD);
    }
    return connected;
  }

  async #share(crew: Crew, isHasty: boolean): Promise<void> {
    const { history } = this.#options;
    for await (const batch of inOrder(this.#glimpses(isHasty), this.#options.held)) {
      for (const glimpse of batch) {
        const inMs = this.#time.take(glimpse.atMs);
        if (inMs === undefined) continue;
        if (this.#time.events === 1) this.#begin(crew, inMs);
        if (crew.hand(glimpse, inMs)) await crew.flow();
      }
      this.#tell(this.#lookedAhead + history.share * (1 - this.#lookedAhead));
    }
  }

  #glimpses(isHasty: boolean): AsyncIterable<readonly Glimpse[]> {
    const { history } = this.#options;
    if (history.glimpses === undefined) throw new Error(`${history.from} can be read but once`);
    return history.glimpses(isHasty);
  }

  #begin(crew: Crew, startMs: number): void {
    const { source = { id: '', kind: 'server' } } = this.#options.history;
    crew.begin({ kind: 'begin', about: this.#about, startMs, source });
  }

  get #about(): ShareAbout {
    const { sides, persons = [], keepBackfill, everyoneReachable } = this.#options;
    return { published: sides.map(({ published }) => published), persons, keepBackfill, everyoneReachable };
  }

  get #emptyStartMs(): number {
    return this.#options.untilMs ?? this.#options.now();
  }

  get #until(): ShareUntil {
    const { untilMs } = this.#options;
    return { latestMs: untilMs ?? this.#time.latestMs(this.#emptyStartMs), untilMs };
  }

  #tell(share: number): void {
    const { now, onProgress } = this.#options;
    const { events, nowMs } = this.#time;
    onProgress?.({ share, events, seconds: (now() - this.#startedMs) / 1000, atMs: nowMs });
  }

  #report(shares: readonly (readonly ShareResult[])[]): RehearsalReport {
    const { name, history, sides, persons, now } = this.#options;
    const results = shares.flat();
    const runs = sides.map((side, at) => {
      const tally = new Tally(persons);
      const ofSide = shares.flatMap((share) => share[at] ?? []);
      for (const result of ofSide) tally.add(result.tally);
      tally.timelines.close();
      return { side, tally, names: ofSide.reduce((sum, { names }) => sum + names, 0) };
    });
    const [a, b] = runs;
    const company = a === undefined ? undefined : companyOf(a.side.published);
    return {
      format: REHEARSAL_FORMAT,
      name,
      madeAtMs: now(),
      currency: company?.currency ?? 'EUR',
      events: {
        from: history.from,
        count: this.#time.events,
        firstAtMs: this.#time.events === 0 ? this.#emptyStartMs : this.#time.firstMs,
        lastAtMs: this.#time.events === 0 ? this.#emptyStartMs : this.#time.nowMs,
        unreadable: history.unreadable,
        late: this.#time.late,
      },
      end: {
        atMs: Math.max(...results.map(({ endMs }) => endMs)),
        isQuiet: results.every(({ isQuiet }) => isQuiet),
      },
      tookMs: now() - this.#startedMs,
      runs: runs.map(({ side, tally, names }, at) =>
        runReport(tally, {
          label: 'AB'[at] ?? '',
          from: side.from,
          published: side.published,
          persons: names - tally.moved,
        }),
      ),
      difference: a === undefined || b === undefined ? null : differenceOf(a.tally, b.tally),
    };
  }
}
