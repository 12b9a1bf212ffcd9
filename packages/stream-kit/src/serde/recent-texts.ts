/** Of Node's buffers: what `toString('utf8', …)` ends in, without the way there. */
interface Utf8Slicing {
  utf8Slice(from: number, to: number): string;
}

const textAt = (bytes: Buffer, from: number, to: number): string =>
  (bytes as unknown as Utf8Slicing).utf8Slice(from, to);

/** Longer texts hardly ever come twice. */
const MAX_BYTES = 40;
/** A power of two. */
const SLOTS = 64;
/** Reads between two looks at whether it is worth it, and of how many such stretches one is tried where it was not. */
const STRETCH = 4_096;
const TRIED_OF = 32;

/**
 * Texts that one field had lately: names of events, topics and sources are the same few over and over. To compare bytes costs
 * a fifth of making a text of them, and leaves nothing to the garbage collector. Of fields whose texts do not come again
 * (ids) that is found out soon, and they are read as ever.
 */
export class RecentTexts {
  readonly #slots: string[] = Array<string>(SLOTS).fill('');
  #left = STRETCH;
  #found = 0;
  #stretches = 0;
  #isWorthIt = true;

  /** The text that lies there: `length` bytes of UTF-8, all of them there. */
  read(bytes: Buffer, at: number, length: number): string {
    this.#left -= 1;
    if (this.#left === 0) this.#judge();
    if (!this.#isWorthIt || length > MAX_BYTES) return textAt(bytes, at, at + length);
    const middle = bytes[at + (length >> 1)] as number;
    const slot = (length * 7 + (bytes[at + length - 1] as number) * 5 + middle) & (SLOTS - 1);
    const known = this.#slots[slot] as string;
    if (known.length === length && isSame(known, bytes, at)) {
      this.#found += 1;
      return known;
    }
    const text = textAt(bytes, at, at + length);
    // Letters of more than one byte cannot be compared so.
    if (text.length === length) this.#slots[slot] = text;
    return text;
  }

  #judge(): void {
    if (this.#isWorthIt) this.#isWorthIt = this.#found * 2 > STRETCH;
    else {
      this.#stretches += 1;
      this.#isWorthIt = this.#stretches % TRIED_OF === 0;
    }
    this.#left = STRETCH;
    this.#found = 0;
  }
}

function isSame(text: string, bytes: Buffer, at: number): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) !== bytes[at + index]) return false;
  }
  return true;
}
