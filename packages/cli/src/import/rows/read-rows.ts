import path from 'node:path';
import { CliError } from '../../exit.ts';
import { namedColumns } from '../mapping/columns.ts';
import { mappingError, type ReadMapping, unknownColumns } from '../mapping/read-mapping.ts';
import type { Mapping } from '../mapping/schema.ts';
import { type Refusal, RowRefused, refusalOf } from '../refusal.ts';
import { CsvRows } from './csv-rows.ts';
import { NdjsonRows } from './ndjson-rows.ts';
import type { RawRow } from './raw-row.ts';
import { DAMAGE, textOf } from './text-chunks.ts';

/** A row of a file: one text for each column that the mapping reads, in the order of `columnsOf`. */
export interface Row {
  readonly file: string;
  readonly line: number;
  readonly cells: readonly string[];
}

export type ReadRow = Row | Refusal;
export const isRefusal = (row: object): row is Refusal => 'reason' in row;

/** Every column that a mapping reads, once. */
export const columnsOf = (mapping: Mapping): readonly string[] => [
  ...new Set(namedColumns(mapping).map(({ column }) => column)),
];

/** Columns of a file that no part of the mapping reads. Throws where the header lacks one that it needs. */
export async function checkHeader(read: ReadMapping, file: string): Promise<readonly string[]> {
  const { mapping } = read;
  if (mapping.file.format === 'ndjson' || mapping.file.columns !== undefined) return [];
  const header = await headerOf(mapping, file);
  const missing = unknownColumns(mapping, header, read.issueAt);
  if (missing.length > 0) throw mappingError(missing, path.basename(file));
  const twice = columnsOf(mapping).filter((column) => header.indexOf(column) !== header.lastIndexOf(column));
  if (twice.length > 0)
    throw new CliError(`${file}, line 1: the header says ${twice.join(', ')} twice. Give each column its own name.`);
  return header.filter((column) => !columnsOf(mapping).includes(column));
}

async function headerOf(mapping: Mapping, file: string): Promise<readonly string[]> {
  const rows = csvOf(mapping);
  for await (const piece of openText(mapping, file)) {
    const [first] = rows.next(piece);
    if (first !== undefined) return fieldsOf(first, file);
  }
  const [first] = rows.rest();
  if (first === undefined) throw new CliError(`${file} is empty: it has not even a header.`);
  return fieldsOf(first, file);
}

function fieldsOf(row: RawRow, file: string): readonly string[] {
  if ('fields' in row) return row.fields.map((field) => field.trim());
  throw new CliError(`${file}, line ${row.line}: the header is broken. ${row.remedy}`);
}

const csvOf = ({ file }: Mapping): CsvRows =>
  new CsvRows({ delimiter: file.delimiter, quote: file.quote === 'none' ? null : file.quote });

async function* openText(mapping: Mapping, file: string): AsyncGenerator<string> {
  try {
    yield* textOf(file, mapping.file.encoding);
  } catch (error) {
    throw error instanceof CliError ? error : new CliError(`${file} can not be read: ${String(error)}`);
  }
}

/** Rows of a file in pieces, in their order. What can't be read further is one refusal more, and the end of this file. */
export async function* readRows(mapping: Mapping, file: string): AsyncGenerator<readonly ReadRow[]> {
  const shownName = path.basename(file);
  const columns = columnsOf(mapping);
  const rows = mapping.file.format === 'csv' ? csvOf(mapping) : new NdjsonRows(columns);
  const picker = new CellPicker(mapping, shownName);
  let line = 0;
  const picked = (raw: readonly RawRow[]): ReadRow[] => {
    line = raw.at(-1)?.line ?? line;
    return raw.flatMap((row) => picker.pick(row));
  };
  try {
    for await (const piece of textOf(file, mapping.file.encoding)) yield picked(rows.next(piece));
  } catch (error) {
    if (error instanceof CliError) throw error;
    const remedy = `${error instanceof Error ? error.message : String(error)}. Everything up to here was read; get the file again.`;
    yield [{ file: shownName, line: line + 1, field: '', value: '', reason: 'FILE_BROKEN', remedy }];
    return;
  }
  yield picked(rows.rest());
}

/** Takes the header, and of each row after it what the mapping reads. */
class CellPicker {
  readonly #mapping: Mapping;
  readonly #file: string;
  readonly #columns: readonly string[];
  #places: readonly number[] | null = null;
  #width = 0;

  constructor(mapping: Mapping, file: string) {
    this.#mapping = mapping;
    this.#file = file;
    this.#columns = columnsOf(mapping);
    const { format, columns } = mapping.file;
    if (format === 'ndjson') this.#setHeader(this.#columns);
    else if (columns !== undefined) this.#setHeader(columns);
  }

  #setHeader(header: readonly string[]): void {
    this.#width = header.length;
    this.#places = this.#columns.map((column) => header.indexOf(column));
  }

  pick(raw: RawRow): ReadRow[] {
    const place = { file: this.#file, line: raw.line };
    if ('fault' in raw) {
      const refused = new RowRefused(raw.fault, { value: raw.text, remedy: raw.remedy });
      return [refusalOf(refused, place)];
    }
    if (this.#places === null) {
      this.#setHeader(raw.fields.map((field) => field.trim()));
      return [];
    }
    try {
      return [{ ...place, cells: this.#cellsOf(raw.fields, this.#places) }];
    } catch (error) {
      if (error instanceof RowRefused) return [refusalOf(error, place)];
      throw error;
    }
  }

  #cellsOf(fields: readonly string[], places: readonly number[]): readonly string[] {
    if (fields.length !== this.#width) {
      const remedy = `The row has ${fields.length} fields, the header ${this.#width}: quote fields that hold “${this.#mapping.file.delimiter}”.`;
      throw new RowRefused('FIELD_COUNT', { value: fields.join(this.#mapping.file.delimiter), remedy });
    }
    return places.map((place, at) => {
      const text = (fields[place] ?? '').trim();
      if (!DAMAGE.test(text)) return text;
      const remedy = `It is not ${this.#mapping.file.encoding}: set file.encoding, such as windows-1252, or repair the field.`;
      throw new RowRefused('ENCODING', { field: this.#columns[at] ?? '', value: text, remedy });
    });
  }
}
