import { RawEvent } from '../ports.ts';
import { endOfNumber, endOfWord, readRawObject } from './canonical-object.ts';

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN = 123;
const CLOSE = 125;

/** Thrown inside this file where the text is not as clients write it: then the whole of it is parsed. */
const UNUSUAL = new Error('unusual');

const EVENT_FIELDS: ReadonlySet<string> = new Set(Object.keys(new RawEvent('', 0)));
/** Left as text where that is possible. */
const RAW_FIELDS: ReadonlySet<string> = new Set(['properties', 'traits', 'context']);

interface KnownName {
  readonly name: string;
  /** Undefined: nobody reads it. */
  readonly field: keyof RawEvent | undefined;
  readonly isRaw: boolean;
}

/**
 * Reads the body of a batch: what `JSON.parse` gives, but each event is a `RawEvent` whose properties, traits and context
 * are left as text where they can stand as they are. That is most of what a batch holds, and it is not turned into
 * objects only to be written as text again. Handles what clients' `JSON.stringify` writes; all else is left to `JSON.parse`.
 */
class BatchReader {
  readonly #json: string;
  #at = 0;
  /** The names of the event before: the next one mostly has the same, in the same order. */
  readonly #names: KnownName[] = [];
  /** The context of the event before, which is mostly that of the next one, too. */
  #contextText = 'none yet';
  #context: unknown;

  constructor(json: string) {
    this.#json = json;
  }

  /** Throws `UNUSUAL`, or what `JSON.parse` throws. */
  read(): Record<string, unknown> {
    const json = this.#json;
    const body: Record<string, unknown> = {};
    this.#take(OPEN);
    do {
      const name = this.#text();
      this.#take(COLON);
      // What is no own member yet: neither a repeat, nor a name that every object has.
      if (name in body) throw UNUSUAL;
      const isBatch = name === 'batch' && json.charCodeAt(this.#at) === OPEN_LIST;
      body[name] = isBatch ? this.#events() : this.#value();
    } while (this.#goesOn(CLOSE));
    if (this.#at !== json.length) throw UNUSUAL;
    return body;
  }

  #events(): unknown[] {
    const events: unknown[] = [];
    this.#at += 1;
    do {
      if (this.#json.charCodeAt(this.#at) !== OPEN) throw UNUSUAL;
      events.push(this.#event());
    } while (this.#goesOn(CLOSE_LIST));
    return events;
  }

  #event(): RawEvent {
    const event = new RawEvent(this.#json, this.#at);
    this.#at += 1;
    let index = 0;
    do {
      const { field, isRaw } = this.#name(index);
      index += 1;
      const value = isRaw ? this.#object(field) : this.#value();
      if (field !== undefined) (event as unknown as Record<string, unknown>)[field] = value;
    } while (this.#goesOn(CLOSE));
    event.endsAt(this.#at);
    return event;
  }

  #name(index: number): KnownName {
    const json = this.#json;
    const guess = this.#names[index];
    if (guess !== undefined && json.startsWith(guess.name, this.#at + 1)) {
      const end = this.#at + 1 + guess.name.length;
      if (json.charCodeAt(end) === QUOTE && json.charCodeAt(end + 1) === COLON && json.charCodeAt(this.#at) === QUOTE) {
        this.#at = end + 2;
        return guess;
      }
    }
    const name = this.#text();
    this.#take(COLON);
    const field = EVENT_FIELDS.has(name) ? (name as keyof RawEvent) : undefined;
    const known = { name, field, isRaw: RAW_FIELDS.has(name) };
    this.#names[index] = known;
    return known;
  }

  /** Properties, traits or a context. */
  #object(field: string | undefined): unknown {
    const json = this.#json;
    const from = this.#at;
    if (json.charCodeAt(from) !== OPEN) return this.#value();
    const isContext = field === 'context';
    if (isContext && this.#contextText === json.slice(from, from + this.#contextText.length)) {
      this.#at = from + this.#contextText.length;
      return this.#context;
    }
    const raw = readRawObject(json, from);
    if (raw === undefined) return this.#value();
    this.#at = from + raw.text.length;
    if (isContext) {
      this.#contextText = raw.text;
      this.#context = raw;
    }
    return raw;
  }

  #value(): unknown {
    const json = this.#json;
    const from = this.#at;
    const first = json.charCodeAt(from);
    if (first === QUOTE) return this.#text();
    const isNested = first === OPEN || first === OPEN_LIST;
    const end = isNested ? endOfNested(json, from) : endOfScalar(json, from);
    if (end < 0) throw UNUSUAL;
    this.#at = end;
    return JSON.parse(json.slice(from, end)) as unknown;
  }

  #text(): string {
    const json = this.#json;
    const from = this.#at;
    if (json.charCodeAt(from) !== QUOTE) throw UNUSUAL;
    let hasEscape = false;
    for (let at = from + 1; at < json.length; at += 1) {
      const unit = json.charCodeAt(at);
      if (unit === QUOTE) {
        this.#at = at + 1;
        return hasEscape ? (JSON.parse(json.slice(from, at + 1)) as string) : json.slice(from + 1, at);
      }
      if (unit < 0x20) break;
      if (unit === BACKSLASH) {
        hasEscape = true;
        at += 1;
      }
    }
    throw UNUSUAL;
  }

  #take(unit: number): void {
    if (this.#json.charCodeAt(this.#at) !== unit) throw UNUSUAL;
    this.#at += 1;
  }

  /** Behind a value: whether another follows; throws where neither a comma nor `close` comes. */
  #goesOn(close: number): boolean {
    const next = this.#json.charCodeAt(this.#at);
    if (next !== COMMA && next !== close) throw UNUSUAL;
    this.#at += 1;
    return next === COMMA;
  }
}

function endOfScalar(json: string, from: number): number {
  const end = endOfWord(json, from);
  return end < 0 ? endOfNumber(json, from) : end;
}

/** Where brackets are closed again; whether it is JSON in between is found out by who parses it. */
function endOfNested(json: string, from: number): number {
  let depth = 0;
  for (let at = from; at < json.length; at += 1) {
    const unit = json.charCodeAt(at);
    if (unit === QUOTE) {
      at = endOfQuoted(json, at + 1);
      if (at < 0) return -1;
    } else if (unit === OPEN || unit === OPEN_LIST) depth += 1;
    else if (unit === CLOSE || unit === CLOSE_LIST) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

function endOfQuoted(json: string, from: number): number {
  for (let at = from; at < json.length; at += 1) {
    const unit = json.charCodeAt(at);
    if (unit === QUOTE) return at;
    if (unit === BACKSLASH) at += 1;
  }
  return -1;
}

/** The body of a batch; undefined where only `JSON.parse` can tell what it is. */
export function readBatch(json: string): unknown {
  try {
    return new BatchReader(json).read();
  } catch {
    return undefined;
  }
}
