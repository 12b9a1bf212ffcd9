import { Changes, type DueAt, type Picture, type StateCodec } from './changes.ts';
import { grown, type KeySlots } from './key-slots.ts';
import type { PackedStates } from './stage/packed-states.ts';
import { PackedTimers } from './stage/packed-timers.ts';
import { joined, StateArena } from './state-arena.ts';
import type { TimerIndex } from './timer-index.ts';

const FIRST_SLOTS = 1_024;
/**
 * Busy persons whose states stay objects. Few: an object that outlives a collection or two is copied, then kept for long, and
 * that costs more than to encode it.
 */
const BUSY = 64;

/**
 * The states of a task, by key and by slot. Where a processor's states are cheap to encode (`flat`), they lie encoded in
 * large pieces of memory and become objects only for a step: a million persons then are no work for the garbage collector.
 * A state that changes for the second time between two cuts stays an object while it is among the last few that did, so that
 * a busy person is not encoded for each event. All others are objects. What was restored stays packed until somebody asks
 * for it.
 */
export class KeyedStates<S> {
  readonly #slots: KeySlots;
  readonly #codec: StateCodec<S>;
  readonly #arena: StateArena<S> | undefined;
  #objects: (S | undefined)[] = [];
  #packed: PackedStates | undefined;
  /** Slots of busy persons, as a ring. */
  readonly #busy: Int32Array;
  #oldestBusy = 0;
  #dirty = new Uint8Array(FIRST_SLOTS);
  #dirtySlots: number[] = [];
  #size = 0;

  constructor(slots: KeySlots, codec: StateCodec<S>, busy = BUSY) {
    this.#busy = new Int32Array(busy).fill(-1);
    this.#slots = slots;
    this.#codec = codec;
    this.#arena = codec.flat === undefined ? undefined : new StateArena(codec.flat);
  }

  /** Keys that hold something. */
  get size(): number {
    return this.#size + (this.#packed?.size ?? 0);
  }

  /** Keys changed since the last `takeDirty`. */
  get dirtyKeys(): number {
    return this.#dirtySlots.length;
  }

  /** Bytes of the states that are kept encoded; undefined where all are objects. */
  get encodedBytes(): number | undefined {
    return this.#arena?.liveBytes;
  }

  /** The slot of a key, with its state within reach; -1 when nothing is known of the key. */
  find(key: string): number {
    const slot = this.#slots.find(key);
    return this.#packed === undefined || this.#packed.size === 0 || this.#holds(slot) ? slot : this.#unpack(key, slot);
  }

  at(slot: number): S | undefined {
    if (slot < 0) return undefined;
    return this.#objects[slot] ?? this.#arena?.read(slot);
  }

  get(key: string): S | undefined {
    return this.at(this.find(key));
  }

  /** The state of a slot, also where it is still packed. */
  ofSlot(slot: number): S | undefined {
    return this.at(slot) ?? (this.#packed === undefined ? undefined : this.get(this.#slots.keyAt(slot)));
  }

  has(key: string): boolean {
    return this.#holds(this.#slots.find(key)) || this.#packed?.has(key) === true;
  }

  /** Changes a state; undefined = the key holds nothing any more. It belongs to the next cut. Throws what encoding throws. */
  change(slot: number, state: S | undefined): void {
    const isBusy = this.#dirty[slot] === 1;
    if (state === undefined) this.#drop(slot);
    else this.#keep(slot, state, isBusy);
    if (isBusy) return;
    while (slot >= this.#dirty.length) this.#dirty = grown(this.#dirty, (longer) => new Uint8Array(longer));
    this.#dirty[slot] = 1;
    this.#dirtySlots.push(slot);
  }

  /** Puts a state that is written down elsewhere: no cut need hold it. */
  set(key: string, state: S): void {
    this.#packed?.take(key);
    this.#keep(this.#slots.take(key), state, false);
  }

  /** Lets a state go that is written down elsewhere. */
  delete(key: string): void {
    this.#packed?.take(key);
    const slot = this.#slots.find(key);
    if (slot >= 0) this.#drop(slot);
  }

  /** Begins anew with what a changelog says; answers the timers of these states. What becomes of them is to be told to the answer. */
  restore(packed: PackedStates): TimerIndex {
    this.clear();
    this.#packed = packed;
    const timers = new PackedTimers(packed, this.#slots);
    for (const [key, bytes] of packed.unknownDues()) {
      const dueAtMs = this.#codec.dueAtMs?.(this.#codec.decode(bytes));
      if (dueAtMs !== undefined) timers.set(key, dueAtMs);
    }
    return timers;
  }

  clear(): void {
    for (let slot = 0; slot < this.#slots.end; slot += 1) this.#drop(slot);
    this.#objects = [];
    this.#busy.fill(-1);
    this.#packed = undefined;
    this.#dirty.fill(0);
    this.#dirtySlots = [];
  }

  /** Whether the slot holds nothing, and no cut waits for it. */
  isIdle(slot: number): boolean {
    return !this.#holds(slot) && this.#dirty[slot] !== 1;
  }

  *entries(): Generator<[string, S]> {
    for (let slot = 0; slot < this.#slots.end; slot += 1) {
      const state = this.at(slot);
      if (state !== undefined) yield [this.#slots.keyAt(slot), state];
    }
    for (const [key, bytes] of this.#packed ?? []) yield [key, this.#codec.decode(bytes)];
  }

  *values(): Generator<S> {
    for (const [, state] of this.entries()) yield state;
  }

  [Symbol.iterator](): Generator<[string, S]> {
    return this.entries();
  }

  /** Takes the list of what changed since the last call, as it stands now. The slots of keys that hold nothing are told to `emptied`. */
  takeDirty(dueAt: DueAt, emptied: (slot: number) => void): Changes<S> {
    const slots = this.#dirtySlots;
    this.#dirtySlots = [];
    for (const slot of slots) this.#dirty[slot] = 0;
    const changes = new Changes(this.#picture(slots, dueAt), undefined);
    for (const slot of slots) if (!this.#holds(slot)) emptied(slot);
    return changes;
  }

  /** All keys as they stand now. */
  snapshot(dueAt: DueAt): Changes<S> {
    const slots: number[] = [];
    for (let slot = 0; slot < this.#slots.end; slot += 1) if (this.#holds(slot)) slots.push(slot);
    return new Changes(this.#picture(slots, dueAt), this.#packed?.snapshot());
  }

  /** Gives memory back, a piece at a time; true = there is more to do. */
  tidy(): boolean {
    return this.#arena?.tidy() ?? false;
  }

  #holds(slot: number): boolean {
    return slot >= 0 && (this.#objects[slot] !== undefined || this.#arena?.has(slot) === true);
  }

  #keep(slot: number, state: S, asObject: boolean): void {
    if (!this.#holds(slot)) this.#size += 1;
    if (this.#arena === undefined || asObject) {
      while (this.#objects.length <= slot) this.#objects.push(undefined);
      const isNew = this.#objects[slot] === undefined;
      this.#objects[slot] = state;
      // What lay encoded stays meanwhile: the object may hold a part of it that need not be written again.
      if (isNew && this.#arena !== undefined) this.#noteBusy(slot, this.#arena);
    } else {
      this.#arena.write(slot, state);
      if (this.#objects[slot] !== undefined) this.#objects[slot] = undefined;
    }
  }

  /** The one that was noted longest ago gives way: it is encoded. */
  #noteBusy(slot: number, arena: StateArena<S>): void {
    const gone = this.#busy[this.#oldestBusy] as number;
    this.#busy[this.#oldestBusy] = slot;
    this.#oldestBusy = (this.#oldestBusy + 1) % this.#busy.length;
    const state = gone < 0 || gone === slot ? undefined : this.#objects[gone];
    if (state === undefined) return;
    try {
      arena.write(gone, state);
      this.#objects[gone] = undefined;
    } catch {
      // Not the fault of the record that is at work now: it stays an object, and the cut that must encode it says so.
    }
  }

  #drop(slot: number): void {
    if (!this.#holds(slot)) return;
    this.#size -= 1;
    if (this.#objects[slot] !== undefined) this.#objects[slot] = undefined;
    this.#arena?.drop(slot);
  }

  /** A state leaves the parts that were restored. What cannot be decoded stays there, and the record that asks has failed. */
  #unpack(key: string, known: number): number {
    const bytes = this.#packed?.get(key);
    if (bytes === undefined) return known;
    const state = this.#arena === undefined ? this.#codec.decode(bytes) : undefined;
    const slot = this.#slots.take(key);
    this.#packed?.take(key);
    if (state !== undefined) this.#keep(slot, state, true);
    else {
      this.#arena?.keep(slot, bytes);
      this.#size += 1;
    }
    return slot;
  }

  #picture(slots: readonly number[], dueAt: DueAt): Picture<S> {
    return {
      slots,
      keys: slots.map((slot) => this.#slots.keyAt(slot)),
      objects: slots.map((slot) => this.#objects[slot]),
      bytes: slots.map((slot) => this.#arena?.bytesAt(slot)),
      dues: slots.map(dueAt),
      codec: this.#codec,
      encode: (slot, state) => this.#settle(slot, state) ?? this.#codec.encode(state),
    };
  }

  /** A busy key's state is encoded for a cut: unless it has changed since, it is kept so from now on. */
  #settle(slot: number, state: S): Uint8Array | undefined {
    if (this.#arena === undefined || this.#objects[slot] !== state || this.#dirty[slot] === 1) return undefined;
    this.#arena.write(slot, state);
    this.#objects[slot] = undefined;
    const encoded = this.#arena.bytesAt(slot);
    return encoded && joined(encoded);
  }
}
