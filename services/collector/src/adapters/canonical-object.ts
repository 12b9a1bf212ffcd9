import { RawObject } from '../ports.ts';

const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN = 123;
const CLOSE = 125;

/** Deeper or larger objects are left to those who refuse them by name. */
const MAX_DEPTH = 20;
const MAX_VALUES = 5_000;
/** Objects with more members are parsed: each name is compared with all before it. */
const MAX_MEMBERS = 64;

/** Names that the core cleans out, or reads itself, at any depth or at the top: an object with one of them is parsed. */
const PARSED_NAMES = new Set(['__proto__', 'constructor', 'prototype', 'backfill', 'candidateId']);
/** Their first letters, and how short and long they are. */
const PARSED_FIRST = new Set([...PARSED_NAMES].map((name) => name.charCodeAt(0)));
const PARSED_LENGTHS = { least: 8, most: 11 };
const USER_AGENT = 'userAgent';

/** The escapes of one letter that `JSON.stringify` writes: " \ b f n r t. */
const isShortEscape = (unit: number): boolean =>
  unit === QUOTE || unit === BACKSLASH || unit === 98 || unit === 102 || unit === 110 || unit === 114 || unit === 116;

/**
 * Where the text that begins behind a quote ends: at its closing quote; -1 where `JSON.stringify` would not write it like
 * this, or where it is no text at all.
 */
export function endOfText(json: string, from: number): number {
  for (let at = from; at < json.length; at += 1) {
    const unit = json.charCodeAt(at);
    if (unit === QUOTE) return at;
    if (unit === BACKSLASH) {
      at += 1;
      if (!isShortEscape(json.charCodeAt(at))) return -1;
    } else if (unit < 0x20) return -1;
    else if (unit >= 0xd800 && unit <= 0xdfff) {
      at += 1;
      const low = json.charCodeAt(at);
      if (unit > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) return -1;
    }
  }
  return -1;
}

const isDigit = (unit: number): boolean => unit >= ZERO && unit <= NINE;
/** What may stand in a number: digits and + - . E e. */
const isOfNumber = (unit: number): boolean =>
  isDigit(unit) || unit === 43 || unit === MINUS || unit === DOT || unit === 69 || unit === 101;

function endOfDigits(json: string, from: number): number {
  let at = from;
  while (isDigit(json.charCodeAt(at))) at += 1;
  return at;
}

/** As many digits come out of a double as they went in. */
const SURE_DIGITS = 15;

/** Where a number like `12` or `-79.95` ends; -1 for all that is rarer. */
function endOfPlainNumber(json: string, from: number): number {
  const start = json.charCodeAt(from) === MINUS ? from + 1 : from;
  if (json.charCodeAt(start) === ZERO)
    return start === from && !isOfNumber(json.charCodeAt(start + 1)) ? start + 1 : -1;
  const point = endOfDigits(json, start);
  if (point === start) return -1;
  if (json.charCodeAt(point) !== DOT) {
    return point - start <= SURE_DIGITS && !isOfNumber(json.charCodeAt(point)) ? point : -1;
  }
  const end = endOfDigits(json, point + 1);
  const isShortest = end > point + 1 && json.charCodeAt(end - 1) !== ZERO;
  return isShortest && end - start - 1 <= SURE_DIGITS && !isOfNumber(json.charCodeAt(end)) ? end : -1;
}

/** Where a number ends; -1 where it is none, or `JSON.stringify` writes it differently. */
export function endOfNumber(json: string, from: number): number {
  const plain = endOfPlainNumber(json, from);
  if (plain >= 0) return plain;
  let end = from;
  while (isOfNumber(json.charCodeAt(end))) end += 1;
  const text = json.slice(from, end);
  return String(Number(text)) === text ? end : -1;
}

/** Where `true`, `false` or `null` ends; -1 where it is none of them. */
export function endOfWord(json: string, from: number): number {
  if (json.startsWith('true', from) || json.startsWith('null', from)) return from + 4;
  return json.startsWith('false', from) ? from + 5 : -1;
}

/**
 * Reads objects without making them: finds out whether an object's text can stand as it is (see `RawObject`). Names that
 * look like an index (`JSON.parse` would move them) or hold an escape, and names that come twice, can't. Keeps the names
 * that were met as numbers only: two that are the same are taken for a repeat, whatever they are.
 */
class ObjectReader {
  #json = '';
  #values = 0;
  #userAgent: string | undefined;
  readonly #names = new Int32Array(MAX_VALUES + 1);
  #known = 0;

  /** The object that begins at `from`; undefined where it must be parsed to find out what it is. */
  read(json: string, from: number): RawObject | undefined {
    this.#json = json;
    this.#values = 0;
    this.#known = 0;
    this.#userAgent = undefined;
    const end = this.#object(from, 1);
    return end < 0 ? undefined : new RawObject(json.slice(from, end), this.#userAgent);
  }

  #object(from: number, depth: number): number {
    const json = this.#json;
    const ownNames = this.#known;
    let at = from + 1;
    if (json.charCodeAt(at) === CLOSE) return at + 1;
    for (;;) {
      if (json.charCodeAt(at) !== QUOTE) return -1;
      const endOfName = this.#name(at + 1, ownNames);
      if (endOfName < 0 || json.charCodeAt(endOfName + 1) !== COLON) return -1;
      const end = this.#value(endOfName + 2, depth);
      if (end < 0) return -1;
      if (depth === 1 && !this.#note(at + 1, endOfName, end)) return -1;
      const next = json.charCodeAt(end);
      at = end + 1;
      if (next === COMMA) continue;
      this.#known = ownNames;
      return next === CLOSE ? at : -1;
    }
  }

  #list(from: number, depth: number): number {
    const json = this.#json;
    let at = from + 1;
    if (json.charCodeAt(at) === CLOSE_LIST) return at + 1;
    for (;;) {
      if (!this.#count()) return -1;
      const end = this.#value(at, depth);
      if (end < 0) return -1;
      const next = json.charCodeAt(end);
      at = end + 1;
      if (next === COMMA) continue;
      return next === CLOSE_LIST ? at : -1;
    }
  }

  #value(at: number, depth: number): number {
    const json = this.#json;
    const first = json.charCodeAt(at);
    if (first === QUOTE) {
      const end = endOfText(json, at + 1);
      return end < 0 ? -1 : end + 1;
    }
    if (isDigit(first) || first === MINUS) return endOfNumber(json, at);
    if (first !== OPEN && first !== OPEN_LIST) return endOfWord(json, at);
    if (depth === MAX_DEPTH) return -1;
    return first === OPEN ? this.#object(at, depth + 1) : this.#list(at, depth + 1);
  }

  #count(): boolean {
    this.#values += 1;
    return this.#values <= MAX_VALUES;
  }

  /** Where a name ends, at its closing quote; -1 where it makes the object one that must be parsed. */
  #name(from: number, ownNames: number): number {
    const json = this.#json;
    if (isDigit(json.charCodeAt(from)) || !this.#count()) return -1;
    let hash = 0;
    let at = from;
    for (; ; at += 1) {
      const unit = json.charCodeAt(at);
      if (unit === QUOTE) break;
      // NaN, the end of the text, is not at least 0x20 either.
      if (!(unit >= 0x20) || unit === BACKSLASH || (unit >= 0xd800 && unit <= 0xdfff)) return -1;
      hash = (Math.imul(hash, 31) + unit) | 0;
    }
    const names = this.#names;
    const known = this.#known;
    if (known - ownNames >= MAX_MEMBERS) return -1;
    for (let index = ownNames; index < known; index += 1) if (names[index] === hash) return -1;
    names[known] = hash;
    this.#known = known + 1;
    const length = at - from;
    const isSuspect =
      length >= PARSED_LENGTHS.least && length <= PARSED_LENGTHS.most && PARSED_FIRST.has(json.charCodeAt(from));
    return isSuspect && PARSED_NAMES.has(json.slice(from, at)) ? -1 : at;
  }

  /** Keeps the `userAgent`; false where it can't be told what it says without parsing. */
  #note(from: number, endOfName: number, end: number): boolean {
    const json = this.#json;
    if (endOfName - from !== USER_AGENT.length || !json.startsWith(USER_AGENT, from)) return true;
    if (json.charCodeAt(endOfName + 2) !== QUOTE) return true;
    const userAgent = json.slice(endOfName + 3, end - 1);
    if (userAgent.includes('\\')) return false;
    this.#userAgent = userAgent;
    return true;
  }
}

const reader = new ObjectReader();

/** The object that begins at a place of a JSON text, left as it is; undefined where it must be parsed. */
export const readRawObject = (json: string, from: number): RawObject | undefined => reader.read(json, from);
