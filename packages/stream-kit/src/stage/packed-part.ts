import { inflateRawSync } from 'node:zlib';
import {
  checkSumOf,
  DEFLATED,
  type DueBytes,
  FORM,
  HEAD,
  HEAD_BYTES,
  inBytes,
  NEVER,
  SOME_EMPTY,
} from './part-form.ts';
import { type PartTimers, timersOf, UNKNOWN_DUE, withRoom } from './part-timers.ts';

/** Stretches of bytes, one after the other; the n-th ends where the next begins. */
export interface Column {
  readonly bytes: Buffer;
  readonly at: Uint32Array;
}

/** As it lies: lengths first. */
interface Packed {
  readonly bytes: Buffer;
  readonly plainBytes: number;
}

const unpackColumn = ({ bytes: packed, plainBytes }: Packed, count: number, isDeflated: boolean): Column => {
  // One byte more, so that zlib sees the end without asking for a second stretch.
  const plain = isDeflated ? inflateRawSync(packed, { chunkSize: Math.max(64, plainBytes + 1) }) : packed;
  const at = new Uint32Array(count + 1);
  plain.copy(inBytes(at), 4, 0, 4 * count);
  for (let index = 0; index < count; index += 1) at[index + 1] = (at[index] as number) + (at[index + 1] as number);
  return { bytes: plain.subarray(4 * count), at };
};

/**
 * Many keys in a few stretches of memory. What a start needs is read in place; keys and states are inflated when somebody
 * asks for one of them.
 */
export class PackedPart {
  /** As it lies in the changelog. */
  readonly packed: Buffer;
  readonly count: number;
  readonly #view: DataView;
  readonly #dueBytes: DueBytes;
  readonly #firstDue: number;
  readonly #hashesAt: number;
  readonly #duesAt: number;
  readonly #emptyAt: number;
  readonly #keysAt: number;
  readonly #statesAt: number;
  #keys: Column | undefined;
  #states: Column | undefined;
  #timers: PartTimers | undefined;

  constructor(packed: Buffer) {
    const { count, dueBytes, emptyBytes, keyBytes } = headOf(packed);
    this.packed = packed;
    this.count = count;
    this.#view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
    this.#dueBytes = dueBytes;
    this.#firstDue = packed.readDoubleLE(HEAD.firstDue);
    this.#hashesAt = HEAD_BYTES;
    this.#duesAt = this.#hashesAt + 4 * count;
    this.#emptyAt = this.#duesAt + dueBytes * count;
    this.#keysAt = this.#emptyAt + emptyBytes;
    this.#statesAt = this.#keysAt + keyBytes;
  }

  /** Hashes of the keys, written from `at` on. */
  hashesInto(hashes: Int32Array, at: number): void {
    this.packed.copy(inBytes(hashes), 4 * at, this.#hashesAt, this.#duesAt);
  }

  /** Due time, read where it lies; NaN = no timer. */
  dueOf(index: number): number {
    if (this.#dueBytes === 0) return this.#firstDue;
    if (this.#dueBytes === 8) return this.#view.getFloat64(this.#duesAt + 8 * index, true);
    const difference = this.#view.getUint32(this.#duesAt + 4 * index, true);
    return difference === NEVER ? Number.NaN : this.#firstDue + difference;
  }

  /** Due times of all its keys, into memory that has room for them. */
  duesInto(dues: Float64Array): void {
    const [view, at, firstDue] = [this.#view, this.#duesAt, this.#firstDue];
    if (this.#dueBytes === 0) dues.fill(firstDue, 0, this.count);
    else if (this.#dueBytes === 8) this.packed.copy(inBytes(dues), 0, at, this.#emptyAt);
    else {
      for (let index = 0; index < this.count; index += 1) {
        const difference = view.getUint32(at + 4 * index, true);
        dues[index] = difference === NEVER ? Number.NaN : firstDue + difference;
      }
    }
  }

  /** Of all its keys; kept from the first time on. */
  get timers(): PartTimers {
    this.#timers ??= this.#timersAtAGlance() ?? timersOf(this);
    return this.#timers;
  }

  /** Where each key has one, and they are of one day: the first of those that are due first lies where no difference is. */
  #timersAtAGlance(): PartTimers | undefined {
    if (this.#dueBytes !== 4) return undefined;
    const differences = new Uint32Array(withRoom(this.count).buffer, 0, this.count);
    this.packed.copy(inBytes(differences), 0, this.#duesAt, this.#emptyAt);
    const earliest = differences.indexOf(0);
    if (earliest < 0 || differences.includes(NEVER)) return undefined;
    return { count: this.count, earliest, earliestMs: this.#firstDue };
  }

  /** Whether a due time of it may be one that only the state knows. Differences are counted from a time that is known. */
  get mayHaveUnknownDues(): boolean {
    return this.#dueBytes === 8 || this.#firstDue === UNKNOWN_DUE;
  }

  /** Whether any of its keys holds nothing. */
  get hasEmpty(): boolean {
    return this.#emptyAt < this.#keysAt;
  }

  /** Whether a key holds nothing. */
  isEmpty(index: number): boolean {
    return this.hasEmpty && this.packed[this.#emptyAt + index] === 1;
  }

  /** UTF-8; kept from the first time on. */
  get keys(): Column {
    this.#keys ??= this.#column(this.#keysAt, HEAD.keys);
    return this.#keys;
  }

  /** Kept from the first time on, until `forgetStates`. */
  get states(): Column {
    this.#states ??= this.#column(this.#statesAt, HEAD.states);
    return this.#states;
  }

  /** Keys and states for somebody who passes by: nothing more is kept than before. */
  glance(): { readonly keys: Column; readonly states: Column } {
    return {
      keys: this.#keys ?? this.#column(this.#keysAt, HEAD.keys),
      states: this.#states ?? this.#column(this.#statesAt, HEAD.states),
    };
  }

  forgetStates(): void {
    this.#states = undefined;
  }

  #column(at: number, head: number): Column {
    const bytes = this.packed.subarray(at, at + this.packed.readUInt32LE(head));
    const isDeflated = ((this.packed[HEAD.flags] as number) & DEFLATED) !== 0;
    return unpackColumn({ bytes, plainBytes: this.packed.readUInt32LE(head + 4) }, this.count, isDeflated);
  }
}

/** Throws on what nobody here wrote, and on what has changed since. */
const headOf = (packed: Buffer) => {
  const form = packed[HEAD.form];
  if (form !== FORM) throw new Error(`a part of a cut is of form ${form}: another version wrote it`);
  if (packed.length < HEAD_BYTES || checkSumOf(packed) !== packed.readUInt32LE(HEAD.checkSum)) {
    throw new Error('a part of a cut is damaged: its check sum differs');
  }
  const count = packed.readUInt32LE(HEAD.count);
  return {
    count,
    dueBytes: packed[HEAD.dueBytes] as DueBytes,
    emptyBytes: ((packed[HEAD.flags] as number) & SOME_EMPTY) !== 0 ? count : 0,
    keyBytes: packed.readUInt32LE(HEAD.keys),
  };
};
