import { assertLines, type RawRow } from './raw-row.ts';

/** Rows of a text with one JSON object a line; fields are the values at the given names, or paths such as `store.id`. */
export class NdjsonRows {
  readonly #names: readonly string[];
  #carried = '';
  #line = 0;

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  next(piece: string): RawRow[] {
    const lines = (this.#carried + piece).split('\n');
    this.#carried = lines.pop() ?? '';
    assertLines(this.#carried);
    return lines.flatMap((line) => this.#row(line));
  }

  rest(): RawRow[] {
    const line = this.#carried;
    this.#carried = '';
    return line === '' ? [] : this.#row(line);
  }

  #row(text: string): RawRow[] {
    this.#line += 1;
    if (text.trim() === '') return [];
    const broken = (remedy: string): RawRow[] => [{ line: this.#line, fault: 'ROW_BROKEN', text, remedy }];
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return broken('Write one JSON object on each line.');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return broken('Write a JSON object, such as {"receipt":"17"}.');
    return [{ line: this.#line, fields: this.#names.map((name) => textAt(value as Record<string, unknown>, name)) }];
  }
}

function textAt(object: Readonly<Record<string, unknown>>, name: string): string {
  const found = Object.hasOwn(object, name) ? object[name] : name.split('.').reduce<unknown>(memberOf, object);
  if (found === undefined || found === null) return '';
  return typeof found === 'object' ? JSON.stringify(found) : String(found);
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
