import { grown } from './key-slots.ts';

/** How states are written and read where they lie, without a buffer of their own. */
export interface FlatCodec<S> {
  /** Writes a state from `at` on and answers its end; -1 when there is too little room. */
  encodeInto(state: S, into: Buffer, at: number): number;
  /** Reads the state that lies between `from` and `to`. */
  decodeFrom(bytes: Buffer, from: number, to: number): S;
  /** For states of which most changes leave the end, the body, as it lies. */
  readonly parts?: FlatParts<S>;
}

/** Bytes where they lie. */
export interface Lying {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A head and a body: one behind the other they are what `encodeInto` writes. A body hangs on nothing in the head. */
export interface FlatParts<S> {
  /** Where the body lies as it was read; null when anything of it has changed, or when it is not worth keeping apart. */
  bodyOf(state: S): Lying | null;
  /** Writes a head as a state is written. */
  readonly heads: Pick<FlatCodec<S>, 'encodeInto'>;
  decode(head: Lying, body: Lying): S;
}

/** A state as it lies: in one piece, or head and body. */
export type Encoded = Buffer | readonly [head: Buffer, body: Buffer];

export const joined = (encoded: Encoded): Buffer =>
  Buffer.isBuffer(encoded) ? encoded : Buffer.concat(encoded as readonly Buffer[]);

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
 * changes is written anew, so whoever holds a piece of it reads what stood there. Where only the head of a state changes, the
 * body stays where it lies. Pieces that are mostly dead are emptied into the open one (`tidy`).
 */
export class StateArena<S> {
  readonly #codec: FlatCodec<S>;
  #chunks: (Chunk | undefined)[] = [];
  #open = NONE;
  /** By slot: piece (or NONE), begin and end. Beside each other, since they are read together, far from what was read before. */
  #places = new Int32Array(PLACE * FIRST_SLOTS).fill(NONE);
  /** The same of bodies that lie apart from their heads. Nothing, as long as there is none. */
  #bodies = new Int32Array(0);
  #live = 0;
  #held = 0;

  constructor(codec: FlatCodec<S>) {
    this.#codec = codec;
  }

  /** Throws what the codec throws; then the slot holds what it held. */
  write(slot: number, state: S): void {
    const { parts } = this.#codec;
    const body = parts === undefined ? null : parts.bodyOf(state);
    if (parts === undefined || body === null || !this.#isBodyOf(slot, body)) {
      const end = this.#encode(state, this.#codec);
      this.drop(slot);
      this.#place(slot, end);
      return;
    }
    const end = this.#encode(state, parts.heads);
    this.#dropHead(slot, body);
    this.#place(slot, end);
  }

  /** Keeps a copy of a state that is encoded already. */
  keep(slot: number, encoded: Uint8Array): void {
    const chunk = this.#roomFor(encoded.length);
    chunk.bytes.set(encoded, chunk.used);
    this.drop(slot);
    this.#place(slot, chunk.used + encoded.length);
  }

  has(slot: number): boolean {
    return this.#chunkAt(slot) !== undefined;
  }

  read(slot: number): S | undefined {
    const chunk = this.#chunkAt(slot);
    if (chunk === undefined) return undefined;
    const at = PLACE * slot;
    const start = this.#places[at + FROM] as number;
    const end = this.#places[at + TO] as number;
    const body = this.#bodies.length === 0 ? undefined : this.#bodyAt(slot);
    if (body === undefined) return this.#codec.decodeFrom(chunk.bytes, start, end);
    return this.#codec.parts?.decode({ bytes: chunk.bytes, start, end }, body);
  }

  /** The state as it lies there; good for ever. */
  bytesAt(slot: number): Encoded | undefined {
    const at = PLACE * slot;
    const head = this.#chunkAt(slot)?.bytes.subarray(this.#places[at + FROM], this.#places[at + TO]);
    const body = this.#bodyAt(slot);
    return head === undefined || body === undefined ? head : [head, body.bytes.subarray(body.start, body.end)];
  }

  drop(slot: number): void {
    this.#forget(this.#places, slot);
    if (this.#bodies.length > 0) this.#forget(this.#bodies, slot);
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
    for (const places of [this.#places, this.#bodies]) {
      for (let at = 0; at < places.length && chunk.live > 0; at += PLACE) {
        if (places[at + PIECE] === number) this.#move(places, at);
      }
    }
    this.#letGo(number);
  }

  /** Into the open piece. */
  #move(places: Int32Array, at: number): void {
    const [start, end] = [places[at + FROM] as number, places[at + TO] as number];
    const from = this.#chunks[places[at + PIECE] as number] as Chunk;
    const to = this.#roomFor(end - start);
    to.bytes.set(from.bytes.subarray(start, end), to.used);
    from.live -= end - start;
    to.live += end - start;
    places[at + PIECE] = this.#open;
    places[at + FROM] = to.used;
    places[at + TO] = to.used + end - start;
    to.used += end - start;
  }

  /** Writes behind what the open piece holds and answers the end. */
  #encode(state: S, codec: Pick<FlatCodec<S>, 'encodeInto'>): number {
    let chunk = this.#chunks[this.#open];
    let end = chunk === undefined ? NONE : codec.encodeInto(state, chunk.bytes, chunk.used);
    for (let bytes = CHUNK_BYTES; chunk === undefined || end < 0; bytes *= 4) {
      chunk = this.#newChunk(bytes);
      end = codec.encodeInto(state, chunk.bytes, 0);
    }
    return end;
  }

  #roomFor(bytes: number): Chunk {
    const chunk = this.#chunks[this.#open];
    return chunk === undefined || chunk.used + bytes > chunk.bytes.length
      ? this.#newChunk(Math.max(CHUNK_BYTES, bytes))
      : chunk;
  }

  #chunkAt(slot: number): Chunk | undefined {
    const at = PLACE * slot;
    if (at >= this.#places.length) return undefined;
    const number = this.#places[at + PIECE] as number;
    return number === NONE ? undefined : this.#chunks[number];
  }

  /** The body that lies apart from its head. */
  #bodyAt(slot: number): Lying | undefined {
    const at = PLACE * slot;
    if (at >= this.#bodies.length) return undefined;
    const number = this.#bodies[at + PIECE] as number;
    const chunk = number === NONE ? undefined : this.#chunks[number];
    if (chunk === undefined) return undefined;
    return { bytes: chunk.bytes, start: this.#bodies[at + FROM] as number, end: this.#bodies[at + TO] as number };
  }

  /** Whether this is what the slot holds: its body, or the end of what lies in one piece. */
  #isBodyOf(slot: number, { bytes, start, end }: Lying): boolean {
    const known = this.#bodyAt(slot);
    if (known !== undefined) return known.bytes === bytes && known.start === start && known.end === end;
    const at = PLACE * slot;
    const isThere = this.#chunkAt(slot)?.bytes === bytes && this.#places[at + TO] === end;
    return isThere && (this.#places[at + FROM] as number) <= start;
  }

  /** Lets the head go; the body from now on lies apart. */
  #dropHead(slot: number, body: Lying): void {
    const at = PLACE * slot;
    if (this.#bodyAt(slot) === undefined) {
      if (this.#bodies.length < this.#places.length) this.#growBodies();
      this.#bodies[at + PIECE] = this.#places[at + PIECE] as number;
      this.#bodies[at + FROM] = body.start;
      this.#bodies[at + TO] = body.end;
      this.#places[at + TO] = body.start;
    }
    this.#forget(this.#places, slot);
  }

  #forget(places: Int32Array, slot: number): void {
    const at = PLACE * slot;
    const number = at < places.length ? (places[at + PIECE] as number) : NONE;
    const chunk = number === NONE ? undefined : this.#chunks[number];
    if (chunk === undefined) return;
    const length = (places[at + TO] as number) - (places[at + FROM] as number);
    chunk.live -= length;
    this.#live -= length;
    places[at + PIECE] = NONE;
    if (chunk.live === 0 && number !== this.#open) this.#letGo(number);
  }

  /** The open piece holds something new from its `used` on. */
  #place(slot: number, end: number): void {
    const chunk = this.#chunks[this.#open] as Chunk;
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

  #growBodies(): void {
    const longer = new Int32Array(this.#places.length).fill(NONE);
    longer.set(this.#bodies);
    this.#bodies = longer;
  }
}
