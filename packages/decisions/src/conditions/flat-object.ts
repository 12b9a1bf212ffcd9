const [OPEN, CLOSE, QUOTE, COLON, COMMA] = [0x7b, 0x7d, 0x22, 0x3a, 0x2c];
const [BACKSLASH, MINUS, DOT, ZERO, NINE, SPACE] = [0x5c, 0x2d, 0x2e, 0x30, 0x39, 0x20];

/** Begin and end of a member's name and value. */
const PLACES = 4;

/**
 * The members of a JSON object, where its text is as most properties are: plain values, written without spaces, escapes or
 * exponents. One is then read without making the others. Of any other text `isFlat` says no, and it must be parsed. What was
 * looked at last is remembered: it changes no answer.
 */
export class FlatObject {
  #text = '';
  #isFlat = false;
  /** By member, `PLACES` numbers. */
  readonly #places: number[] = [];
  #end = 0;

  isFlat(text: string): boolean {
    if (text === this.#text) return this.#isFlat;
    this.#text = text;
    this.#isFlat = this.#scan(text);
    return this.#isFlat;
  }

  /** What the text that was asked for last says under a name; null where it says nothing. Of the same name the last one counts. */
  valueOf(name: string): unknown {
    const at = this.#find(name);
    return at < 0 ? null : valueIn(this.#text, this.#places[at + 2] as number, this.#places[at + 3] as number);
  }

  /** Whether the text that was asked for last says anything under a name. */
  has(name: string): boolean {
    return this.#find(name) >= 0;
  }

  #find(name: string): number {
    const text = this.#text;
    const places = this.#places;
    for (let at = this.#end - PLACES; at >= 0; at -= PLACES) {
      const start = places[at] as number;
      if ((places[at + 1] as number) - start === name.length && text.startsWith(name, start)) return at;
    }
    return -1;
  }

  #scan(text: string): boolean {
    this.#end = 0;
    if (text.charCodeAt(0) !== OPEN) return false;
    for (let at = 0; ; ) {
      if (text.charCodeAt(at + 1) !== QUOTE) return false;
      const nameEnd = endOfText(text, at + 2);
      if (nameEnd < 0 || text.charCodeAt(nameEnd + 1) !== COLON) return false;
      const value = nameEnd + 2;
      const valueEnd = endOfValue(text, value);
      if (valueEnd < 0) return false;
      this.#note(at + 2, nameEnd, value, valueEnd);
      const after = text.charCodeAt(valueEnd);
      if (after === CLOSE) return valueEnd + 1 === text.length;
      if (after !== COMMA) return false;
      at = valueEnd;
    }
  }

  #note(...[name, nameEnd, value, valueEnd]: readonly [number, number, number, number]): void {
    const places = this.#places;
    const at = this.#end;
    places[at] = name;
    places[at + 1] = nameEnd;
    places[at + 2] = value;
    places[at + 3] = valueEnd;
    this.#end = at + PLACES;
  }
}

/** Where the quote stands that ends it; -1 where it holds more than plain characters. */
function endOfText(text: string, start: number): number {
  for (let at = start; ; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    // Beyond the end it is no number, and so not from there on.
    if (!(code >= SPACE) || code === BACKSLASH) return -1;
  }
}

function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) {
    const end = endOfText(text, start + 1);
    return end < 0 ? -1 : end + 1;
  }
  if (first === MINUS || isDigit(first)) return endOfNumber(text, start);
  for (const word of WORDS) if (text.startsWith(word, start)) return start + word.length;
  return -1;
}

const WORDS = ['true', 'false', 'null'] as const;

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;

/** With more digits a number may be beyond all that a number can say. */
const LONGEST_NUMBER = 300;

/** An exponent is not read here: it then stands where the next member should. */
function endOfNumber(text: string, start: number): number {
  const end = endOfDecimal(text, start);
  return end - start > LONGEST_NUMBER ? -1 : end;
}

function endOfDecimal(text: string, start: number): number {
  const whole = text.charCodeAt(start) === MINUS ? start + 1 : start;
  const end = endOfDigits(text, whole);
  if (end === whole || (text.charCodeAt(whole) === ZERO && end > whole + 1)) return -1;
  if (text.charCodeAt(end) !== DOT) return end;
  const fraction = endOfDigits(text, end + 1);
  return fraction === end + 1 ? -1 : fraction;
}

function endOfDigits(text: string, start: number): number {
  let at = start;
  while (isDigit(text.charCodeAt(at))) at += 1;
  return at;
}

function valueIn(text: string, start: number, end: number): unknown {
  switch (text.charCodeAt(start)) {
    case QUOTE:
      return text.slice(start + 1, end - 1);
    case 0x74:
      return true;
    case 0x66:
      return false;
    case 0x6e:
      return null;
    default:
      return Number(text.slice(start, end));
  }
}
