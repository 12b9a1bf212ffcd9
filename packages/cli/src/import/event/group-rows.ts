import { Big } from 'big.js';
import type { Group, Mapping } from '../mapping/schema.ts';
import type { Refusal } from '../refusal.ts';
import { RowRefused, refusalOf } from '../refusal.ts';
import type { Row } from '../rows/read-rows.ts';
import { type Cells, fieldsReader, type Value } from '../values/field-reader.ts';
import { decimalReader } from '../values/numbers.ts';
import type { ReadEvent } from './finish-call.ts';
import { contextOf, type RowReader } from './row-reader.ts';

/** An event that is still growing. */
interface OpenGroup {
  readonly first: Row;
  readonly messageId: string;
  rows: number;
  atMs: number;
  /** Null once a row was refused: half a receipt must not be sent. */
  read: Pick<ReadEvent, 'ids' | 'properties' | 'traits'> | null;
  readonly lists: Readonly<Record<string, Record<string, Value>[]>>;
  readonly sums: Record<string, Big>;
}

/** An event made of rows, with its first row; or why there is none. */
export interface FinishedGroup {
  readonly first: Row;
  readonly rows: number;
  readonly read: ReadEvent | null;
}

/** Joins rows into events. */
export class GroupRows {
  readonly #reader: RowReader;
  readonly #lists: readonly { name: string; item: (cells: Cells) => Record<string, Value> }[];
  readonly #sums: readonly { name: string; term: (cells: Cells) => Big }[];

  constructor(mapping: Mapping, group: Group, reader: RowReader) {
    const context = contextOf(mapping);
    const decimal = decimalReader(mapping.file);
    this.#reader = reader;
    this.#lists = Object.entries(group.lists).map(([name, fields]) => ({ name, item: fieldsReader(fields, context) }));
    this.#sums = Object.entries(group.sums).map(([name, sum]) => {
      const columns = 'times' in sum ? sum.times : [sum.column];
      const places = columns.map((column) => ({ column, place: context.placeOf(column) }));
      return {
        name,
        term: (cells) => productOf(places.map(({ column, place }) => decimal(cells[place] ?? '', column))),
      };
    });
  }

  open(first: Row, messageId: string): OpenGroup {
    return {
      first,
      messageId,
      rows: 0,
      atMs: Number.POSITIVE_INFINITY,
      read: { ids: {}, properties: {}, traits: {} },
      lists: Object.fromEntries(this.#lists.map(({ name }) => [name, []])),
      sums: Object.fromEntries(this.#sums.map(({ name }) => [name, new Big(0)])),
    };
  }

  /** Adds a row; the refusal where the group is lost with it. */
  add(group: OpenGroup, row: Row): Refusal | null {
    group.rows += 1;
    if (group.read === null) return null;
    try {
      if (group.rows === 1) group.read = this.#reader.says(row.cells);
      // A receipt that was printed over a full minute begins with its first row.
      group.atMs = Math.min(group.atMs, this.#reader.timeOf(row.cells));
      for (const { name, item } of this.#lists) group.lists[name]?.push(item(row.cells));
      for (const { name, term } of this.#sums)
        group.sums[name] = (group.sums[name] ?? new Big(0)).plus(term(row.cells));
      return null;
    } catch (error) {
      if (!(error instanceof RowRefused)) throw error;
      group.read = null;
      return refusalOf(error, row);
    }
  }

  finish(group: OpenGroup): FinishedGroup {
    const { first, rows, messageId, atMs } = group;
    if (group.read === null) return { first, rows, read: null };
    const { ids, traits, properties } = group.read;
    const sums = Object.entries(group.sums).map(([name, sum]) => [name, sum.toNumber()]);
    return {
      first,
      rows,
      read: {
        messageId,
        atMs,
        ids,
        traits,
        properties: { ...properties, ...Object.fromEntries(sums), ...group.lists },
      },
    };
  }
}

export type { OpenGroup };

/** Exact, as money must be. */
const productOf = (factors: readonly string[]): Big =>
  factors.reduce((product, factor) => product.times(factor), new Big(1));

/** What is told of a group that is not sent because a row of it was refused. */
export function brokenGroup({ first, rows }: FinishedGroup): Refusal {
  const remedy = `Correct the row of this event that is refused above it; its ${rows} rows are sent together then.`;
  return { file: first.file, line: first.line, field: '', value: '', reason: 'GROUP_BROKEN', remedy };
}
