import type { RecentTexts } from './recent-texts.ts';

/** Most lists are empty. What was read is changed by nobody; whoever tries is told. */
const NO_ITEMS: readonly unknown[] = Object.freeze([]);
/** From here on bytes are not copied. */
const LONG_BYTES = 16_384;

/**
 * Stands in Avro's binary form and reads what lies there (specification 1.11, "Binary encoding"). Nothing of it is believed:
 * what would lead beyond the end throws, and so does a count of more items than there are bytes, since each takes one.
 */
export class AvroCursor {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  begin(bytes: Buffer, at: number): void {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Throws unless all was read and no more. */
  end(): void {
    const left = this.#bytes.length - this.#at;
    if (left !== 0) throw new Error(left < 0 ? 'it is cut off' : 'something follows it');
  }

  /** Of `["null", …]`: whether nothing is there. It then stands behind the number of the branch. */
  isNull(): boolean {
    const branch = this.#bytes[this.#at];
    this.#at += 1;
    if (branch === 0) return true;
    if (branch === 2) return false;
    throw new Error(branch === undefined ? 'it is cut off' : `its union has no branch ${branch / 2}`);
  }

  /** A whole number, zigzag: nearly always of one byte, or a moment of six. */
  long(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    let byte = bytes[at] as number;
    at += 1;
    if (byte < 128) {
      this.#at = at;
      return (byte >>> 1) ^ -(byte & 1);
    }
    // Seven bits a byte, 28 of them as an integer; what is above is a double from there on.
    let low = byte & 127;
    let shift = 7;
    do {
      byte = bytes[at] as number;
      at += 1;
      low |= (byte & 127) << shift;
      shift += 7;
    } while (byte > 127 && shift < 28);
    let half = low >>> 1;
    for (let weight = 2 ** 27; byte > 127; weight *= 128) {
      byte = bytes[at] as number;
      at += 1;
      half += (byte & 127) * weight;
    }
    this.#at = at;
    const value = (low & 1) === 0 ? half : -half - 1;
    if (!Number.isSafeInteger(value)) throw new Error('it holds a number that is not exact');
    return value;
  }

  boolean(): boolean {
    this.#at += 1;
    return this.#bytes[this.#at - 1] !== 0;
  }

  float(): number {
    return this.#bytes.readFloatLE(this.#passed(4));
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#passed(8));
  }

  text(recent: RecentTexts): string {
    const length = this.long();
    if (length === 0) return '';
    return recent.read(this.#bytes, this.#passed(length), length);
  }

  /**
   * A copy: what was read keeps nothing else alive. A long stretch stays where it lies: a start reads them by the hundred,
   * and to copy them is half of what it costs to read them.
   */
  bytes(): Buffer {
    const length = this.long();
    if (length < LONG_BYTES) return this.fixed(length);
    const at = this.#passed(length);
    return this.#bytes.subarray(at, at + length);
  }

  fixed(length: number): Buffer {
    const at = this.#passed(length);
    return Buffer.from(this.#bytes.subarray(at, at + length));
  }

  symbol(symbols: readonly string[]): string {
    const number = this.long();
    return symbols[number] ?? unknown('symbol', number);
  }

  list(item: (cursor: AvroCursor) => unknown): readonly unknown[] {
    let count = this.#count();
    if (count === 0) return NO_ITEMS;
    const items: unknown[] = [];
    for (; count > 0; count = this.#count()) {
      for (let left = count; left > 0; left -= 1) items.push(item(this));
    }
    return items;
  }

  map(recent: RecentTexts, value: (cursor: AvroCursor) => unknown): Record<string, unknown> {
    // No prototype: a key may be called __proto__.
    const values: Record<string, unknown> = Object.create(null);
    for (let count = this.#count(); count > 0; count = this.#count()) {
      for (let left = count; left > 0; left -= 1) {
        const key = this.text(recent);
        values[key] = value(this);
      }
    }
    return values;
  }

  passLong(): void {
    while ((this.#bytes[this.#at] as number) > 127) this.#at += 1;
    this.#at += 1;
  }

  /** Texts and bytes alike. */
  passText(): void {
    this.#passed(this.long());
  }

  pass(length: number): void {
    this.#passed(length);
  }

  passList(item: (cursor: AvroCursor) => unknown): void {
    for (let count = this.#count(); count > 0; count = this.#count()) {
      for (let left = count; left > 0; left -= 1) item(this);
    }
  }

  noBranch(number: number): never {
    return unknown('branch', number);
  }

  /** Goes on by so many bytes; answers where it stood. */
  #passed(length: number): number {
    const at = this.#at;
    if (length < 0 || at + length > this.#bytes.length) throw new Error('it is cut off');
    this.#at = at + length;
    return at;
  }

  /** Items of a block; below zero its length in bytes follows. */
  #count(): number {
    let count = this.long();
    if (count < 0) {
      count = -count;
      this.passLong();
    }
    if (count > this.#bytes.length - this.#at) throw new Error('it counts more items than it has bytes');
    return count;
  }
}

const unknown = (what: string, number: number): never => {
  throw new Error(`there is no ${what} ${number}`);
};
