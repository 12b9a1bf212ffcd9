import type { FailedDefinition } from '@kairos/decisions';
import type { FlatCodec } from '@kairos/stream-kit';

/** States as bytes for cuts: a pure core brings no text encoder of its own. */
export interface StateCodec {
  encode(state: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
  /** When it is cheap enough for states to lie encoded between two events. */
  readonly flat?: FlatCodec<unknown>;
}

/** Told of each fact as it is emitted, and of what leaves none, so that it can be counted. MUST NOT change any result. */
export interface Counts {
  detected(triggerId: string, outcome: string, code: string | null): void;
  /** A trigger, journey or contact rule could not be evaluated and counted as not true. */
  failed(definition: FailedDefinition): void;
}
