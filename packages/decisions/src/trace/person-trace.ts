import type { EnrichedRecord } from '@kairos/contracts';
import {
  type FollowAt,
  type Followed,
  type FollowStep,
  followedPending,
  followedZone,
  followPlaybook,
  followRecord,
  followTime,
  NOBODY_YET,
} from './follow.ts';
import type { Pending, TraceEntry } from './types.ts';

/** How a person stands after all that was read. */
export interface TraceNow {
  /** Watermark, UTC ms; -1 before there is time. */
  readonly timeMs: number;
  readonly playbookVersion: string;
  readonly pending: readonly Pending[];
  readonly zone: string;
}

const NOWHERE: FollowAt = { playbook: undefined, timeMs: -1, traceparent: null };

/** Follows one person through their log, record by record, and shows each with how the triggers looked at it. */
export class PersonTrace {
  readonly #personId: string;
  readonly #show: (entry: TraceEntry) => void;
  #followed: Followed = NOBODY_YET;
  #at: FollowAt = NOWHERE;

  constructor(personId: string, show: (entry: TraceEntry) => void) {
    this.#personId = personId;
    this.#show = show;
  }

  readonly onRecord = (record: EnrichedRecord, at: FollowAt): void =>
    this.#take(followRecord(this.#followed, record, at), at);

  readonly onTime = (at: FollowAt): void => this.#take(followTime(this.#followed, this.#personId, at), at);

  readonly onPlaybook = (at: FollowAt): void => this.#take(followPlaybook(this.#followed, at), at);

  get now(): TraceNow {
    const { playbook, timeMs } = this.#at;
    return {
      timeMs,
      playbookVersion: playbook?.version ?? '',
      pending: followedPending(this.#followed, playbook),
      zone: followedZone(this.#followed, playbook),
    };
  }

  #take({ followed, entry }: FollowStep, at: FollowAt): void {
    this.#followed = followed;
    this.#at = at;
    if (entry !== null) this.#show(entry);
  }
}
