import { type DetectState, isSameList, type SharedMemories, type TriggerStates } from '@kairos/decisions';
import type { FlatWriter } from '@kairos/stream-kit';

/** What is known of the person, as it came with the last event. */
export type Known = Pick<DetectState, 'profile' | 'segments' | 'watchedBy'>;

interface Lies {
  readonly bytes: Buffer;
  readonly start: number;
  /** Where what is known of the person ends, which comes first. */
  readonly knownEnd: number;
  readonly end: number;
  readonly known: Known;
  readonly shared: SharedMemories;
  readonly journeys: DetectState['journeys'];
}

/**
 * All of a state but its head, where it lies: most events only say that the person was active, and change nothing here.
 * Then it is copied as it is. What was written is never changed, so it is true for ever.
 */
export class LyingBody {
  readonly #lies: Lies;

  constructor(lies: Lies) {
    this.#lies = lies;
  }

  /** Whether what is known of the person is what lies here. */
  knows({ profile, segments, watchedBy }: Known): boolean {
    const { known } = this.#lies;
    return profile === known.profile && watchedBy === known.watchedBy && isSameList(segments, known.segments);
  }

  /** Whether nothing else of a state has changed whose triggers lie here. */
  remembers({ held, shared }: TriggerStates, journeys: DetectState['journeys']): boolean {
    return held.length === 0 && shared === this.#lies.shared && journeys === this.#lies.journeys;
  }

  copyTo(to: FlatWriter): void {
    to.copy(this.#lies.bytes, this.#lies.start, this.#lies.end);
  }

  copyKnownTo(to: FlatWriter): void {
    to.copy(this.#lies.bytes, this.#lies.start, this.#lies.knownEnd);
  }
}
