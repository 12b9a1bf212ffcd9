import type { PublishedPlaybook } from '@kairos/decisions';
import { type HistoryOptions, prepared } from '../history/history.ts';
import { ofKey } from '../report/counts.ts';
import { Tally, type ToldTally } from '../report/tally.ts';
import { type HistoryEvent, RehearsalWalk, Staged } from '../walk.ts';

/** What is rehearsed, whoever's events they are. */
export interface ShareAbout extends HistoryOptions {
  /** One playbook, or two to be compared. */
  readonly published: readonly PublishedPlaybook[];
  /** Persons whose whole story is told. */
  readonly persons: readonly string[];
}

/** Where virtual time ends. */
export interface ShareUntil {
  /** So long is waited for what is still due, UTC ms. */
  readonly latestMs: number;
  /** Time passes to here even where nothing waits, UTC ms. */
  readonly untilMs: number | undefined;
}

/** What became of the persons of a share under one playbook. */
export interface ShareResult {
  readonly tally: ToldTally;
  readonly isQuiet: boolean;
  readonly endMs: number;
  /** See `RehearsalWalk`. */
  readonly names: number;
}

/** A playbook, and the walk of each room that somebody came to. */
interface Run {
  readonly staged: Staged;
  readonly tally: Tally;
  readonly walks: Map<number, RehearsalWalk>;
}

/**
 * Some persons of a history, walked through its playbooks. Who shares no id with them is nowhere in their story, so a
 * history may be one share or many; and a share may have rooms, each with some of its persons and a time of its own.
 */
export class Share {
  readonly #startMs: number;
  readonly #prepare: (happened: HistoryEvent) => HistoryEvent;
  readonly #runs: readonly Run[];

  /** `startMs`: the first moment of the whole history. */
  constructor(about: ShareAbout, startMs: number) {
    this.#startMs = startMs;
    this.#prepare = prepared(about);
    this.#runs = about.published.map((published) => ({
      staged: new Staged(published),
      tally: new Tally(about.persons),
      walks: new Map(),
    }));
  }

  /** Takes an event at the time at which it comes in: in each room in order of time. */
  take(happened: HistoryEvent, room = 0): void {
    const event = this.#prepare(happened);
    for (const run of this.#runs) this.#walk(run, room).take(event);
  }

  /** Lets time pass to its end. */
  end({ latestMs, untilMs }: ShareUntil): readonly ShareResult[] {
    return this.#runs.map((run) => {
      if (run.walks.size === 0) this.#walk(run, 0);
      let [isQuiet, endMs, names] = [true, this.#startMs, 0];
      for (const walk of run.walks.values()) {
        isQuiet = walk.finish(latestMs) && isQuiet;
        if (untilMs !== undefined) walk.advanceTo(untilMs);
        endMs = Math.max(endMs, walk.nowMs);
        names += walk.names;
      }
      return { tally: run.tally.told(), isQuiet, endMs, names };
    });
  }

  #walk({ staged, tally, walks }: Run, room: number): RehearsalWalk {
    return ofKey(walks, room, () => new RehearsalWalk(staged, tally, this.#startMs));
  }
}
