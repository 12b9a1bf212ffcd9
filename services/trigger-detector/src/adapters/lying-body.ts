import { type DetectState, isSameList, type TriggerStates } from '@kairos/decisions';
import type { FlatWriter, Lying } from '@kairos/stream-kit';

/** What is known of the person, as it came with the last event. */
export type Known = Pick<DetectState, 'profile' | 'segments' | 'watchedBy'>;

/** Where a body lies, and what stands there. */
type Lies = Lying &
  Pick<TriggerStates, 'held' | 'shared'> & {
    readonly known: Known;
    /** Where what is known of the person ends, which comes first. */
    readonly knownEnd: number;
    readonly journeys: DetectState['journeys'];
  };

/**
 * All of a state but its head, where it lies: most events only say that the person was active, and change nothing here.
 * Then it is left there, or copied as it is. What was written is never changed, so it is true for ever.
 */
export class LyingBody implements Lying {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly #knownEnd: number;
  readonly #profile: string;
  readonly #segments: readonly string[];
  readonly #watchedBy: string | undefined;
  readonly #held: Lies['held'];
  readonly #shared: Lies['shared'];
  readonly #journeys: Lies['journeys'];

  constructor(lies: Lies) {
    this.bytes = lies.bytes;
    this.start = lies.start;
    this.end = lies.end;
    this.#knownEnd = lies.knownEnd;
    this.#profile = lies.known.profile;
    this.#segments = lies.known.segments;
    this.#watchedBy = lies.known.watchedBy;
    this.#held = lies.held;
    this.#shared = lies.shared;
    this.#journeys = lies.journeys;
  }

  /** Whether what is known of the person is what lies here. */
  knows({ profile, segments, watchedBy }: Known): boolean {
    return profile === this.#profile && watchedBy === this.#watchedBy && isSameList(segments, this.#segments);
  }

  /** Whether nothing else has changed of a state that has come of this. */
  remembers({ held, shared }: TriggerStates, journeys: DetectState['journeys']): boolean {
    return held === this.#held && shared === this.#shared && journeys === this.#journeys;
  }

  copyTo(to: FlatWriter): void {
    to.copy(this.bytes, this.start, this.end);
  }

  copyKnownTo(to: FlatWriter): void {
    to.copy(this.bytes, this.start, this.#knownEnd);
  }
}
