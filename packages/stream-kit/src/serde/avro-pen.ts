import { type TextWriting, writeAscii } from './text-bytes.ts';

interface WellFormed {
  isWellFormed(): boolean;
}

/** Thrown where a value may not fit its schema, or not in the form that is written here: avsc then says what is so. */
const DOUBT = new Error('it may not fit its schema');

/** Of twice a larger number avsc and others write different bytes. */
const MAX_LONG = 2 ** 51;
/** Zigzag in 32 bits. */
const MAX_SMALL = 0x3fff_ffff;
/** Texts below this length, all ASCII, have their length in one byte. */
const SHORT_LIMIT = 64;
/** Texts of so many bytes avsc writes itself, and half a character otherwise than Node does. */
const OWN_UTF8 = 64;

/**
 * Writes values one behind the other in Avro's binary form (specification 1.11, "Binary encoding"). Beyond the end of what it
 * writes into nothing is written; `end` says so. What may not fit throws.
 */
export class AvroPen {
  #into: Buffer = Buffer.alloc(0);
  #at = 0;

  begin(into: Buffer, at: number): void {
    this.#into = into;
    this.#at = at;
  }

  /** Where the value ends; -1 when there was too little room. */
  end(): number {
    return this.#at > this.#into.length ? -1 : this.#at;
  }

  /** Of `["null", …]`: nothing is there, or what follows. */
  none(): void {
    this.#into[this.#at] = 0;
    this.#at += 1;
  }

  some(): void {
    this.#into[this.#at] = 2;
    this.#at += 1;
  }

  doubt(): never {
    throw DOUBT;
  }

  boolean(value: unknown): void {
    if (typeof value !== 'boolean') throw DOUBT;
    this.#into[this.#at] = value ? 1 : 0;
    this.#at += 1;
  }

  int(value: unknown): void {
    if (typeof value !== 'number' || (value | 0) !== value) throw DOUBT;
    this.#whole(value);
  }

  long(value: unknown): void {
    if (typeof value !== 'number' || !(value >= -MAX_LONG && value <= MAX_LONG) || Math.floor(value) !== value) {
      throw DOUBT;
    }
    this.#whole(value);
  }

  double(value: unknown): void {
    if (typeof value !== 'number') throw DOUBT;
    if (this.#at + 8 <= this.#into.length) this.#into.writeDoubleLE(value, this.#at);
    this.#at += 8;
  }

  bytes(value: unknown): void {
    if (!Buffer.isBuffer(value)) throw DOUBT;
    this.#whole(value.length);
    if (this.#at + value.length <= this.#into.length) this.#into.set(value, this.#at);
    this.#at += value.length;
  }

  text(value: unknown): void {
    if (typeof value !== 'string') throw DOUBT;
    const { length } = value;
    const at = this.#at + 1;
    if (length >= SHORT_LIMIT || !writeAscii(value, this.#into, at)) {
      this.#long(value);
      return;
    }
    this.#into[at - 1] = 2 * length;
    this.#at = at + length;
  }

  /** How many items follow; a list ends with none. */
  items(value: unknown): readonly unknown[] {
    if (!Array.isArray(value)) throw DOUBT;
    if (value.length > 0) this.#whole(value.length);
    return value;
  }

  names(value: unknown): readonly string[] {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw DOUBT;
    const names = Object.keys(value);
    if (names.length > 0) this.#whole(names.length);
    return names;
  }

  #long(value: string): void {
    const length = Buffer.byteLength(value);
    const isAscii = length === value.length;
    if (!isAscii && length <= OWN_UTF8 && !(value as unknown as WellFormed).isWellFormed()) throw DOUBT;
    this.#whole(length);
    const at = this.#at;
    this.#at = at + length;
    if (this.#at > this.#into.length) return;
    const into = this.#into as unknown as TextWriting;
    if (isAscii) into.latin1Write(value, at, length);
    else into.utf8Write(value, at, length);
  }

  /** Zigzag, seven bits a byte: small ones, as lengths are, or moments. */
  #whole(value: number): void {
    const into = this.#into;
    let at = this.#at;
    let rest = 0;
    if (value >= -MAX_SMALL && value <= MAX_SMALL) rest = value >= 0 ? value << 1 : (~value << 1) | 1;
    else {
      let wide = value >= 0 ? value * 2 : -value * 2 - 1;
      for (; wide > MAX_SMALL; wide = Math.floor(wide / 0x80)) {
        into[at] = (wide % 0x80) | 0x80;
        at += 1;
      }
      rest = wide;
    }
    for (; rest > 0x7f; rest >>>= 7) {
      into[at] = (rest & 0x7f) | 0x80;
      at += 1;
    }
    into[at] = rest;
    this.#at = at + 1;
  }
}
