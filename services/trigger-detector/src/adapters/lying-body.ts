import { type DetectState, isSameList, type SharedMemories, type TriggerStates } from '@kairos/decisions';
import type { FlatWriter, Lying } from '@kairos/stream-kit';

/** What is known of the person, as it came with the last event. */
export type Known = Pick<DetectState, 'profile' | 'segments' | 'watchedBy'>;

interface Lies extends Lying {
  /** Where what is known of the person ends, which comes first. */
  readonly knownEnd: number;
  readonly known: Known;
  readonly held: TriggerStates['held'];
  readonly shared: SharedMemories;
  readonly journeys: DetectState['journeys'];
}

/**
 * All of a state but its head, where it lies: most events only say that the person was active, and change nothing here.
 * Then it is copied as it is. What was written is never changed, so it is true for ever.
 */
export class LyingBody implements Lying {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly #lies: Omit<Lies, keyof Lying>;

  constructor(lies: Lies) {
    this.bytes = lies.bytes;
    this.start = lies.start;
    this.end = lies.end;
    this.#lies = lies;
  }

  /** Whether what is known of the person is what lies here. */
  knows({ profile, segments, watchedBy }: Known): boolean {
    const { known } = this.#lies;
    return profile === known.profile && watchedBy === known.watchedBy && isSameList(segments, known.segments);
  }

  /** Whether nothing else has changed of a state that has come of this. */
  remembers({ held, shared }: TriggerStates, journeys: DetectState['journeys']): boolean {
    return held === this.#lies.held && shared === this.#lies.shared && journeys === this.#lies.journeys;
  }

  copyTo(to: FlatWriter): void {
    to.copy(this.bytes, this.start, this.end);
  }

  copyKnownTo(to: FlatWriter): void {
    to.copy(this.bytes, this.start, this.#lies.knownEnd);
  }
}
