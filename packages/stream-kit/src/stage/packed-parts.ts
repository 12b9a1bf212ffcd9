import type { Column, PackedPart } from './packed-part.ts';

/** From here on the order of UTF-8's bytes is not the order of strings. */
const FIRST_ODD_BYTE = 0xee;

export const textAt = ({ bytes, at }: Column, index: number): string =>
  bytes.toString('utf8', at[index], at[index + 1]);

export const stretchAt = ({ bytes, at }: Column, index: number): Uint8Array => bytes.subarray(at[index], at[index + 1]);

interface Stretch {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly length: number;
}

/** Parts one behind the other: each place in one of them is an entry with a number. */
export class PackedParts {
  readonly #parts: PackedPart[] = [];
  /** Part → its first entry. */
  readonly #firsts: number[] = [];
  #entries = 0;
  /** Where the last entry lay that was looked at: the next one often lies there too. */
  #last = 0;

  get entries(): number {
    return this.#entries;
  }

  get all(): readonly PackedPart[] {
    return this.#parts;
  }

  push(part: PackedPart): void {
    this.#firsts.push(this.#entries);
    this.#parts.push(part);
    this.#entries += part.count;
  }

  /** The first entry of a part. */
  firstOf(number: number): number {
    return this.#firsts[number] as number;
  }

  /** Number of the part that an entry lies in. */
  numberOf(entry: number): number {
    const firsts = this.#firsts;
    if ((firsts[this.#last] as number) <= entry && entry < (firsts[this.#last + 1] ?? this.#entries)) return this.#last;
    let low = 0;
    for (let high = firsts.length - 1; low < high; ) {
      const middle = (low + high + 1) >> 1;
      if ((firsts[middle] as number) <= entry) low = middle;
      else high = middle - 1;
    }
    this.#last = low;
    return low;
  }

  keyOf(entry: number): string {
    const number = this.numberOf(entry);
    return textAt(this.#part(number).keys, entry - this.firstOf(number));
  }

  stateOf(entry: number): Uint8Array {
    const number = this.numberOf(entry);
    return stretchAt(this.#part(number).states, entry - this.firstOf(number));
  }

  /** NaN = it has no timer. */
  dueOf(entry: number): number {
    const number = this.numberOf(entry);
    return this.#part(number).dueOf(entry - this.firstOf(number));
  }

  isKey(entry: number, bytes: Uint8Array, length: number): boolean {
    return isSame(this.#keyBytes(entry), { bytes, start: 0, length });
  }

  haveSameKey(a: number, b: number): boolean {
    return isSame(this.#keyBytes(a), this.#keyBytes(b));
  }

  /** As strings are compared, without making them where bytes tell as much. */
  isKeyBefore(a: number, b: number): boolean {
    const { bytes: bytesA, start: startA, length: lengthA } = this.#keyBytes(a);
    const { bytes: bytesB, start: startB, length: lengthB } = this.#keyBytes(b);
    for (let at = 0; at < lengthA && at < lengthB; at += 1) {
      const byteA = bytesA[startA + at] as number;
      const byteB = bytesB[startB + at] as number;
      if (byteA === byteB) continue;
      if (byteA < FIRST_ODD_BYTE && byteB < FIRST_ODD_BYTE) return byteA < byteB;
      return this.keyOf(a) < this.keyOf(b);
    }
    return lengthA < lengthB;
  }

  #keyBytes(entry: number): Stretch {
    const number = this.numberOf(entry);
    const { bytes, at } = this.#part(number).keys;
    const index = entry - this.firstOf(number);
    const start = at[index] as number;
    return { bytes, start, length: (at[index + 1] as number) - start };
  }

  #part(number: number): PackedPart {
    return this.#parts[number] as PackedPart;
  }
}

const isSame = (a: Stretch, b: Stretch): boolean => {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a.bytes[a.start + at] !== b.bytes[b.start + at]) return false;
  return true;
};
