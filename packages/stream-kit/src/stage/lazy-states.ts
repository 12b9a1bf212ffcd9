import type { Processor } from '../processor.ts';
import type { TimerIndex } from '../timer-index.ts';
import { type KeyState, UNKNOWN_DUE } from './packed-part.ts';
import type { PackedStates } from './packed-states.ts';
import { PackedTimers } from './packed-timers.ts';

/** What a cut needs of a processor. */
export type Codec<S> = Pick<Processor<S, never, never>, 'encode' | 'decode' | 'dueAtMs'>;

/**
 * States that were restored and are decoded when somebody asks for them: most keys of a restart are not met again for a
 * long while. Whoever holds it sees a map like any other; a state is decoded once at most.
 */
export class LazyStates<S> extends Map<string, S> {
  readonly #packed: PackedStates;
  readonly #codec: Codec<S>;

  constructor(packed: PackedStates, codec: Codec<S>) {
    super();
    this.#packed = packed;
    this.#codec = codec;
  }

  override get size(): number {
    return super.size + this.#packed.size;
  }

  override get(key: string): S | undefined {
    const live = super.get(key);
    if (live !== undefined || this.#packed.size === 0) return live;
    const bytes = this.#packed.take(key);
    if (bytes === undefined) return undefined;
    const state = this.#codec.decode(bytes);
    super.set(key, state);
    return state;
  }

  override has(key: string): boolean {
    return super.has(key) || this.#packed.has(key);
  }

  override set(key: string, state: S): this {
    if (this.#packed.size > 0) this.#packed.take(key);
    return super.set(key, state);
  }

  override delete(key: string): boolean {
    const wasPacked = this.#packed.take(key) !== undefined;
    return super.delete(key) || wasPacked;
  }

  override clear(): void {
    this.#packed.clear();
    super.clear();
  }

  override *keys(): MapIterator<string> {
    yield* super.keys();
    yield* this.#packed.keys();
  }

  override *values(): MapIterator<S> {
    yield* super.values();
    for (const bytes of this.#packed.values()) yield this.#codec.decode(bytes);
  }

  override *entries(): MapIterator<[string, S]> {
    yield* super.entries();
    for (const [key, bytes] of this.#packed.entries()) yield [key, this.#codec.decode(bytes)];
  }

  override [Symbol.iterator](): MapIterator<[string, S]> {
    return this.entries();
  }

  override forEach(tell: (state: S, key: string, states: Map<string, S>) => void): void {
    for (const [key, state] of this.entries()) tell(state, key, this);
  }

  /** Their timers as they stand. What becomes of them afterwards is to be told to the answer. */
  timers(): TimerIndex {
    const timers = new PackedTimers(this.#packed);
    for (const [key, bytes] of this.#packed.unknownDues()) {
      const dueAtMs = this.#codec.dueAtMs?.(this.#codec.decode(bytes));
      if (dueAtMs !== undefined) timers.set(key, dueAtMs);
    }
    return timers;
  }

  /** All keys as they stand now, in flat lists: what changes afterwards does not show. Packed ones as they are encoded. */
  snapshot(): Iterable<KeyState> {
    const keys = [...super.keys()];
    const states = [...super.values()];
    const packed = this.#packed.snapshot();
    const codec = this.#codec;
    return (function* () {
      for (let at = 0; at < keys.length; at += 1) yield toKeyState(keys[at] as string, states[at] as S, codec);
      for (const entry of packed) {
        if (entry.dueAtMs !== UNKNOWN_DUE) yield entry;
        else yield toKeyState(entry.key, codec.decode(entry.state), codec);
      }
    })();
  }
}

/** A state as a cut holds it, with when its timer is due, so that a restart need not decode it to know. */
export const toKeyState = <S>(key: string, state: S | undefined, codec: Codec<S>): KeyState =>
  state === undefined
    ? { key, state: new Uint8Array(0), dueAtMs: undefined }
    : { key, state: codec.encode(state), dueAtMs: codec.dueAtMs?.(state) };

/** All keys of a map as they stand now. */
export const snapshotOf = <S>(states: Map<string, S>, codec: Codec<S>): Iterable<KeyState> => {
  if (states instanceof LazyStates) return (states as LazyStates<S>).snapshot();
  const keys = [...states.keys()];
  const values = [...states.values()];
  return (function* () {
    for (let at = 0; at < keys.length; at += 1) yield toKeyState(keys[at] as string, values[at] as S, codec);
  })();
};
