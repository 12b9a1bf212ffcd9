import type { PublishedPlaybook } from '@kairos/decisions';
import { type HistoryOptions, prepared } from '../history/history.ts';
import { Tally, type ToldTally } from '../report/tally.ts';
import { type HistoryEvent, RehearsalWalk } from '../walk.ts';

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

interface Run {
  readonly tally: Tally;
  readonly walk: RehearsalWalk;
}

/**
 * Some persons of a history, walked through its playbooks. Who shares no id with them is nowhere in their story, so a
 * history may be one share or many.
 */
export class Share {
  readonly #prepare: (happened: HistoryEvent) => HistoryEvent;
  readonly #runs: readonly Run[];

  /** `startMs`: the first moment of the whole history. */
  constructor(about: ShareAbout, startMs: number) {
    this.#prepare = prepared(about);
    this.#runs = about.published.map((published) => {
      const tally = new Tally(about.persons);
      return { tally, walk: new RehearsalWalk(published, tally, startMs) };
    });
  }

  /** Takes an event at the time at which it comes in: in order of time. */
  take(happened: HistoryEvent): void {
    const event = this.#prepare(happened);
    for (const { walk } of this.#runs) walk.take(event);
  }

  /** Lets time pass to its end. */
  end({ latestMs, untilMs }: ShareUntil): readonly ShareResult[] {
    return this.#runs.map(({ tally, walk }) => {
      const isQuiet = walk.finish(latestMs);
      if (untilMs !== undefined) walk.advanceTo(untilMs);
      return { tally: tally.told(), isQuiet, endMs: walk.nowMs, names: walk.names };
    });
  }
}
