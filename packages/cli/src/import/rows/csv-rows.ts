import { CsvError, type Options, parse } from 'csv-parse/sync';
import { assertLines, MAX_ROW, type RawRow } from './raw-row.ts';

export interface CsvFormat {
  readonly delimiter: string;
  /** null: fields are never quoted. */
  readonly quote: string | null;
}

type Outcome = { readonly fields: readonly string[] } | 'open' | 'broken';

/** Lines that are parsed at once where the whole piece can't be: a parser for every row would be ten times slower. */
const RUN = 16;

/**
 * Rows of a CSV text that comes in pieces. A piece is parsed at once; where the parser meets a fault, the lines around it
 * are read again row by row, the faulty line is set aside, and reading goes on with the next line: a quote that is never closed
 * costs one row, not the rest of the file.
 */
export class CsvRows {
  readonly #options: Options;
  readonly #quote: string | null;
  #carried = '';
  /** Line at which what is carried begins. */
  #line = 1;
  /** Fields of the first row; every other row should have as many. */
  #width: number | null = null;

  constructor({ delimiter, quote }: CsvFormat) {
    this.#quote = quote;
    this.#options = {
      delimiter,
      quote,
      record_delimiter: ['\n', '\r\n'],
      relax_column_count: true,
      skip_empty_lines: false,
    };
  }

  /** Rows that are complete with this piece. */
  next(piece: string): RawRow[] {
    const text = this.#carried + piece;
    const end = text.lastIndexOf('\n') + 1;
    this.#carried = text.slice(end);
    assertLines(this.#carried);
    return end === 0 ? [] : this.#read(text.slice(0, end), false);
  }

  /** What is left at the end of the file. */
  rest(): RawRow[] {
    const text = this.#carried;
    this.#carried = '';
    return text === '' ? [] : this.#read(text, true);
  }

  #read(block: string, isLast: boolean): RawRow[] {
    return this.#readAtOnce(block) ?? this.#readByRow(block, isLast);
  }

  #readAtOnce(block: string): RawRow[] | null {
    let records: string[][];
    try {
      records = parse(block, this.#options);
    } catch (error) {
      if (error instanceof CsvError) return null;
      throw error;
    }
    const mayBreak = this.#quote !== null && block.includes(this.#quote);
    const rows: RawRow[] = [];
    let line = this.#line;
    for (const fields of records) {
      const breaks = mayBreak ? breaksIn(fields) : 0;
      this.#width ??= fields.length;
      if (breaks > 0 && fields.length !== this.#width) return null;
      if (!isBlank(fields)) rows.push({ line, fields });
      line += 1 + breaks;
    }
    this.#line = line;
    return rows;
  }

  #readByRow(block: string, isLast: boolean): RawRow[] {
    const lines = block.split(/(?<=\n)/);
    const rows: RawRow[] = [];
    let nextRun = 0;
    for (let at = 0; at < lines.length; ) {
      const run = at < nextRun ? null : this.#readAtOnce(lines.slice(at, at + RUN).join(''));
      if (run !== null) {
        rows.push(...run);
        at += RUN;
        continue;
      }
      if (at >= nextRun) nextRun = at + RUN;
      const found = this.#rowAt(lines, at);
      if (found === 'open' && !isLast && lengthFrom(lines, at) <= MAX_ROW) {
        this.#carried = lines.slice(at).join('') + this.#carried;
        return rows;
      }
      if (typeof found === 'string') rows.push(this.#broken(lines[at] ?? ''));
      else if (!isBlank(found.fields)) rows.push({ line: this.#line, fields: found.fields });
      const taken = typeof found === 'string' ? 1 : found.lines;
      at += taken;
      this.#line += taken;
    }
    return rows;
  }

  /** The row that begins at a line: one line, or as many as a quoted field spans. */
  #rowAt(lines: readonly string[], at: number): { fields: readonly string[]; lines: number } | 'open' | 'broken' {
    let text = '';
    for (let count = 1; at + count <= lines.length && text.length <= MAX_ROW; count += 1) {
      const line = lines[at + count - 1] ?? '';
      text += line;
      // Only another quote can end a field that is open.
      if (count > 1 && this.#quote !== null && !line.includes(this.#quote)) continue;
      const outcome = this.#rowOf(text);
      if (outcome === 'broken') return 'broken';
      if (outcome === 'open') continue;
      this.#width ??= outcome.fields.length;
      if (count > 1 && outcome.fields.length !== this.#width) return 'broken';
      return { fields: outcome.fields, lines: count };
    }
    return 'open';
  }

  #rowOf(text: string): Outcome {
    try {
      const records: string[][] = parse(text, this.#options);
      const [fields = ['']] = records;
      return records.length > 1 ? 'broken' : { fields };
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      return error.code === 'CSV_QUOTE_NOT_CLOSED' ? 'open' : 'broken';
    }
  }

  #broken(line: string): RawRow {
    const quote = this.#quote ?? '';
    const remedy = `Write ${quote} inside of a quoted field twice, and close what is opened; or set file.quote to none.`;
    return { line: this.#line, fault: 'ROW_BROKEN', text: line.trimEnd(), remedy };
  }
}

const isBlank = (fields: readonly string[]): boolean => fields.length === 1 && fields[0]?.trim() === '';

function breaksIn(fields: readonly string[]): number {
  let breaks = 0;
  for (const field of fields) {
    for (let at = field.indexOf('\n'); at !== -1; at = field.indexOf('\n', at + 1)) breaks += 1;
  }
  return breaks;
}

const lengthFrom = (lines: readonly string[], at: number): number => {
  let length = 0;
  for (let index = at; index < lines.length; index += 1) length += lines[index]?.length ?? 0;
  return length;
};
