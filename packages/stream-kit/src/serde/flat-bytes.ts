import { RecentTexts } from './recent-texts.ts';
import { type TextWriting, writeAscii } from './text-bytes.ts';

/** Texts below this length, all ASCII, have their length in one byte; `LONG` says that four more follow. */
const LONG = 0xff;
const SHORT_LIMIT = 0xf0;
/** Whole numbers below 2^48 - 2^32 take six bytes; two such bytes in front say that a double follows. */
const DOUBLE = 0xffff;
const WHOLE_LIMIT = 0xffff * 2 ** 32;

/** What is shorter is handled byte by byte: a call to Node costs more. */
const FEW = 48;
const LONGEST_CHARACTER = 4;

/** Moments are written as differences as long as twice of one is a whole number. */
const FAR = 2 ** 51;
/** Instead of a difference: the number follows whole. */
const WHOLE = 0;

const isMoment = (value: number): boolean =>
  value > -FAR && value < FAR && Math.floor(value) === value && !Object.is(value, -0);

const doubles = new Float64Array(1);
const octets = new Uint8Array(doubles.buffer);

/**
 * Writes texts and numbers one behind the other into memory that is there already. Beyond its end nothing is written;
 * `end` says so. Reused for one value after the other: nothing is made per value.
 */
export class FlatWriter {
  #into: Buffer = Buffer.alloc(0);
  #at = 0;
  /** The moment that was written last; 0 = none. */
  #moment = 0;

  begin(into: Buffer, at: number): void {
    this.#into = into;
    this.#at = at;
    this.#moment = 0;
  }

  /** Where the value ends; -1 when there was too little room. */
  end(): number {
    return this.#at > this.#into.length ? -1 : this.#at;
  }

  /** Where the next value goes; beyond the end of what it writes into when there is too little room. */
  get at(): number {
    return this.#at;
  }

  /** Goes on at another place, to which nothing that was written before is near. */
  goTo(at: number): void {
    this.#at = at;
    this.#moment = 0;
  }

  /** Bytes as they are, without their number. */
  copy(from: Buffer, start: number, end: number): void {
    const into = this.#into;
    const at = this.#at;
    const length = end - start;
    this.#at = at + length;
    // To make a view of a few bytes costs more than to copy them.
    if (length <= FEW) for (let index = 0; index < length; index += 1) into[at + index] = from[start + index] as number;
    else if (this.#at <= into.length) into.set(from.subarray(start, end), at);
  }

  /** A whole number from 0 to 2^32 - 1, in four bytes whatever it is: it may be written when what follows is known. */
  fixed(value: number): void {
    const at = this.#at;
    const into = this.#into;
    into[at] = value;
    into[at + 1] = value >>> 8;
    into[at + 2] = value >>> 16;
    into[at + 3] = value >>> 24;
    this.#at = at + 4;
  }

  /** A number from 0 to 255. */
  byte(value: number): void {
    this.#into[this.#at] = value;
    this.#at += 1;
  }

  /** How many follow: 0 or more. */
  count(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }

  /** Any number. */
  number(value: number): void {
    const into = this.#into;
    const at = this.#at;
    const isWhole = value >= 0 && value < WHOLE_LIMIT && Math.floor(value) === value && !Object.is(value, -0);
    if (!isWhole) {
      into[at] = DOUBLE & 0xff;
      into[at + 1] = DOUBLE >> 8;
      doubles[0] = value;
      for (let index = 0; index < 8; index += 1) into[at + 2 + index] = octets[index] as number;
      this.#at = at + 10;
      return;
    }
    const high = Math.floor(value / 2 ** 32);
    into[at] = high;
    into[at + 1] = high >> 8;
    into[at + 2] = value;
    into[at + 3] = value >>> 8;
    into[at + 4] = value >>> 16;
    into[at + 5] = value >>> 24;
    this.#at = at + 6;
  }

  /**
   * A number close to the last one that was written so, as moments are: as the difference. A duration between two of them
   * then gives the same few bytes for everybody, which a compressor sees.
   */
  moment(value: number): void {
    const before = this.#moment;
    const isNear = isMoment(value);
    if (isNear) this.#moment = value;
    if (before === 0) {
      this.number(value);
      return;
    }
    const difference = value - before;
    if (!isNear || difference <= -FAR || difference >= FAR) {
      this.count(WHOLE);
      this.number(value);
      return;
    }
    // Odd from 0 on, even below.
    this.count(difference >= 0 ? 2 * difference + 1 : -2 * difference);
  }

  text(value: string): void {
    const { length } = value;
    if (length >= SHORT_LIMIT) {
      this.#long(value);
      return;
    }
    const into = this.#into;
    const at = this.#at + 1;
    if (length > FEW && at + length + LONGEST_CHARACTER <= into.length) {
      // As many bytes as characters: all of them ASCII. Nothing was cut off where there was room for one more.
      if ((into as unknown as TextWriting).utf8Write(value, at, length + LONGEST_CHARACTER) === length) {
        into[at - 1] = length;
        this.#at = at + length;
      } else this.#long(value);
      return;
    }
    if (!writeAscii(value, into, at)) {
      this.#long(value);
      return;
    }
    into[at - 1] = length;
    this.#at = at + length;
  }

  #long(value: string): void {
    const length = Buffer.byteLength(value);
    const at = this.#at + 5;
    if (at + length <= this.#into.length) {
      this.#into[at - 5] = LONG;
      this.#into.writeUInt32LE(length, at - 4);
      this.#into.write(value, at, 'utf8');
    }
    this.#at = at + length;
  }
}

/** Of Node's buffers: what `toString('latin1', …)` ends in, without the way there. Most of a state is short texts. */
interface Latin1Slicing {
  latin1Slice(from: number, to: number): string;
}

const names = new RecentTexts();

/** Reads what a `FlatWriter` wrote. */
export class FlatReader {
  #from: Buffer = Buffer.alloc(0);
  #at = 0;
  #moment = 0;

  begin(from: Buffer, at: number): void {
    this.#from = from;
    this.#at = at;
    this.#moment = 0;
  }

  /** Up to where was read. */
  get at(): number {
    return this.#at;
  }

  byte(): number {
    const value = this.#from[this.#at] as number;
    this.#at += 1;
    return value;
  }

  count(): number {
    let value = 0;
    for (let weight = 1; ; weight *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value;
    }
  }

  number(): number {
    const from = this.#from;
    const at = this.#at;
    const high = (from[at] as number) | ((from[at + 1] as number) << 8);
    if (high === DOUBLE) {
      this.#at = at + 10;
      return from.readDoubleLE(at + 2);
    }
    this.#at = at + 6;
    const low =
      ((from[at + 2] as number) |
        ((from[at + 3] as number) << 8) |
        ((from[at + 4] as number) << 16) |
        ((from[at + 5] as number) << 24)) >>>
      0;
    return high * 2 ** 32 + low;
  }

  moment(): number {
    const before = this.#moment;
    const code = before === 0 ? WHOLE : this.count();
    const value = code === WHOLE ? this.number() : before + ((code & 1) === 1 ? (code - 1) / 2 : -code / 2);
    if (isMoment(value)) this.#moment = value;
    return value;
  }

  /** A text that is one of a few, such as the id of a definition: it is compared, and made only where it is new. */
  name(): string {
    const length = this.#from[this.#at] as number;
    if (length === LONG) return this.text();
    const at = this.#at + 1;
    this.#at = at + length;
    return names.read(this.#from, at, length);
  }

  /** Passes over a text without making it. */
  skipText(): void {
    const length = this.#from[this.#at] as number;
    this.#at += length === LONG ? 5 + this.#from.readUInt32LE(this.#at + 1) : 1 + length;
  }

  text(): string {
    const from = this.#from;
    const length = from[this.#at] as number;
    if (length === 0) {
      this.#at += 1;
      return '';
    }
    if (length !== LONG) {
      const at = this.#at + 1;
      this.#at = at + length;
      return (from as unknown as Latin1Slicing).latin1Slice(at, at + length);
    }
    const at = this.#at + 5;
    this.#at = at + from.readUInt32LE(at - 4);
    return from.toString('utf8', at, this.#at);
  }
}
