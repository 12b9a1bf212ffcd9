import { grown } from './key-slots.ts';

/** How states are written and read where they lie, without a buffer of their own. */
export interface FlatCodec<S> {
  /** Writes a state from `at` on and answers its end; -1 when there is too little room. */
  encodeInto(state: S, into: Buffer, at: number): number;
  /** Reads the state that lies between `from` and `to`. */
  decodeFrom(bytes: Buffer, from: number, to: number): S;
}

const CHUNK_BYTES = 1_048_576;
const FIRST_SLOTS = 1_024;
const NONE = -1;
/** Numbers per slot. */
const PLACE = 3;
const [PIECE, FROM, TO] = [0, 1, 2];

interface Chunk {
  readonly bytes: Buffer;
  used: number;
  /** Bytes of it that a slot still means. */
  live: number;
}

/**
 * Encoded states by slot, one behind the other in large pieces of memory. What was written is never changed: a state that
 * changes is written anew, so whoever holds a piece of it reads what stood there. Pieces that are mostly dead are emptied
 * into the open one (`tidy`).
 */
export class StateArena<S> {
  readonly #codec: FlatCodec<S>;
  #chunks: (Chunk | undefined)[] = [];
  #open = NONE;
  /** By slot: piece (or NONE), begin and end. Beside each other, since they are read together, far from what was read before. */
  #places = new Int32Array(PLACE * FIRST_SLOTS).fill(NONE);
  #live = 0;
  #held = 0;

  constructor(codec: FlatCodec<S>) {
    this.#codec = codec;
  }

  /** Throws what the codec throws; then the slot holds what it held. */
  write(slot: number, state: S): void {
    let chunk = this.#chunks[this.#open];
    let end = chunk === undefined ? NONE : this.#codec.encodeInto(state, chunk.bytes, chunk.used);
    for (let bytes = CHUNK_BYTES; chunk === undefined || end < 0; bytes *= 4) {
      chunk = this.#newChunk(bytes);
      end = this.#codec.encodeInto(state, chunk.bytes, 0);
    }
    this.#place(slot, chunk, end);
  }

  /** Keeps a copy of a state that is encoded already. */
  keep(slot: number, encoded: Uint8Array): void {
    let chunk = this.#chunks[this.#open];
    if (chunk === undefined || chunk.used + encoded.length > chunk.bytes.length) {
      chunk = this.#newChunk(Math.max(CHUNK_BYTES, encoded.length));
    }
    chunk.bytes.set(encoded, chunk.used);
    this.#place(slot, chunk, chunk.used + encoded.length);
  }

  has(slot: number): boolean {
    return this.#chunkAt(slot) !== undefined;
  }

  read(slot: number): S | undefined {
    const chunk = this.#chunkAt(slot);
    if (chunk === undefined) return undefined;
    const at = PLACE * slot;
    return this.#codec.decodeFrom(chunk.bytes, this.#places[at + FROM] as number, this.#places[at + TO] as number);
  }

  /** The state as it lies there; good for ever. */
  bytesAt(slot: number): Buffer | undefined {
    const at = PLACE * slot;
    return this.#chunkAt(slot)?.bytes.subarray(this.#places[at + FROM], this.#places[at + TO]);
  }

  drop(slot: number): void {
    const chunk = this.#chunkAt(slot);
    if (chunk === undefined) return;
    const at = PLACE * slot;
    const number = this.#places[at + PIECE] as number;
    const length = (this.#places[at + TO] as number) - (this.#places[at + FROM] as number);
    chunk.live -= length;
    this.#live -= length;
    this.#places[at + PIECE] = NONE;
    if (chunk.live === 0 && number !== this.#open) this.#letGo(number);
  }

  /** Bytes that states take now. */
  get liveBytes(): number {
    return this.#live;
  }

  /** Empties the piece with the least in it when more than half of all is dead. A few milliseconds at most; true = call again. */
  tidy(): boolean {
    if (this.#held < 2 * this.#live + 4 * CHUNK_BYTES) return false;
    let emptiest = NONE;
    for (let number = 0; number < this.#chunks.length; number += 1) {
      const chunk = this.#chunks[number];
      if (chunk === undefined || number === this.#open) continue;
      if (emptiest === NONE || chunk.live < (this.#chunks[emptiest]?.live ?? 0)) emptiest = number;
    }
    if (emptiest === NONE) return false;
    this.#empty(emptiest);
    return true;
  }

  #empty(number: number): void {
    const chunk = this.#chunks[number] as Chunk;
    for (let at = 0; at < this.#places.length && chunk.live > 0; at += PLACE) {
      if (this.#places[at + PIECE] !== number) continue;
      this.keep(at / PLACE, chunk.bytes.subarray(this.#places[at + FROM], this.#places[at + TO]));
    }
  }

  #chunkAt(slot: number): Chunk | undefined {
    const at = PLACE * slot;
    if (at >= this.#places.length) return undefined;
    const number = this.#places[at + PIECE] as number;
    return number === NONE ? undefined : this.#chunks[number];
  }

  /** The open piece holds a new state from its `used` on. */
  #place(slot: number, chunk: Chunk, end: number): void {
    this.drop(slot);
    const at = PLACE * slot;
    while (at >= this.#places.length) this.#grow();
    this.#places[at + PIECE] = this.#open;
    this.#places[at + FROM] = chunk.used;
    this.#places[at + TO] = end;
    chunk.live += end - chunk.used;
    this.#live += end - chunk.used;
    chunk.used = end;
  }

  #newChunk(bytes: number): Chunk {
    const before = this.#open;
    const chunk: Chunk = { bytes: Buffer.allocUnsafeSlow(bytes), used: 0, live: 0 };
    const hole = this.#chunks.indexOf(undefined);
    this.#open = hole < 0 ? this.#chunks.length : hole;
    this.#chunks[this.#open] = chunk;
    this.#held += bytes;
    if (this.#chunks[before]?.live === 0) this.#letGo(before);
    return chunk;
  }

  #letGo(number: number): void {
    this.#held -= this.#chunks[number]?.bytes.length ?? 0;
    this.#chunks[number] = undefined;
  }

  #grow(): void {
    const { length } = this.#places;
    this.#places = grown(this.#places, (longer) => new Int32Array(longer));
    this.#places.fill(NONE, length);
  }
}
