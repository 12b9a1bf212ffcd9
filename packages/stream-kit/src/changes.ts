import type { Processor } from './processor.ts';
import type { KeyState } from './stage/part-form.ts';
import { UNKNOWN_DUE } from './stage/part-timers.ts';
import { type Encoded, joined } from './state-arena.ts';

/** What keeping states needs of a processor. */
export type StateCodec<S> = Pick<Processor<S, never, never>, 'encode' | 'decode' | 'dueAtMs' | 'flat'>;

/** When the timer of a slot is due; undefined = it has none. */
export type DueAt = (slot: number) => number | undefined;

/** Keys at one moment, in flat lists. States are values, and what lies encoded is never changed, so it stays true. */
export interface Picture<S> {
  readonly slots: readonly number[];
  readonly keys: readonly string[];
  readonly objects: readonly (S | undefined)[];
  readonly bytes: readonly (Encoded | undefined)[];
  readonly dues: readonly (number | undefined)[];
  readonly codec: StateCodec<S>;
  encode(slot: number, state: S): Uint8Array;
}

const NOTHING = Buffer.alloc(0);

/** Keys and their states as they stood at one moment. */
export class Changes<S> {
  readonly #picture: Picture<S>;
  readonly #packed: Iterable<KeyState> | undefined;
  readonly size: number;

  constructor(picture: Picture<S>, packed: Iterable<KeyState> | undefined) {
    this.#picture = picture;
    this.#packed = packed;
    this.size = picture.keys.length;
  }

  /** As a cut holds them; encoded when they are asked for, so once. An empty state = the key holds nothing. */
  *encoded(): Generator<KeyState> {
    const { slots, keys, objects, bytes, dues, codec, encode } = this.#picture;
    for (let at = 0; at < keys.length; at += 1) {
      const object = objects[at];
      const state = object === undefined ? joined(bytes[at] ?? NOTHING) : encode(slots[at] as number, object);
      yield { key: keys[at] as string, state, dueAtMs: state === NOTHING ? undefined : dues[at] };
    }
    for (const entry of this.#packed ?? []) {
      yield entry.dueAtMs !== UNKNOWN_DUE ? entry : { ...entry, dueAtMs: codec.dueAtMs?.(codec.decode(entry.state)) };
    }
  }

  /** As objects; undefined = the key holds nothing. Of what changed only: what was restored and never asked for is left out. */
  *states(): Generator<readonly [key: string, state: S | undefined]> {
    const { keys, objects, bytes, codec } = this.#picture;
    for (let at = 0; at < keys.length; at += 1) {
      const encoded = bytes[at];
      const state = objects[at] ?? (encoded === undefined ? undefined : codec.decode(joined(encoded)));
      yield [keys[at] as string, state];
    }
  }
}
