import type { ImportCall } from './event/call.ts';
import { callMaker, type ReadEvent } from './event/finish-call.ts';
import { brokenGroup, type FinishedGroup, GroupRows, type OpenGroup } from './event/group-rows.ts';
import { type RowReader, rowReader } from './event/row-reader.ts';
import { SeenKeys } from './event/seen-keys.ts';
import type { Group, Mapping } from './mapping/schema.ts';
import { type Refusal, RowRefused, refusalOf } from './refusal.ts';
import { isRefusal, type Row, readRows } from './rows/read-rows.ts';

/** A call and the row that it begins with, or what was refused instead. */
export type Item =
  | { readonly call: ImportCall; readonly file: string; readonly line: number }
  | { readonly refusal: Refusal };

export interface ReadCounts {
  rows: number;
  /** Rows that the mapping leaves out. */
  skipped: number;
}

export interface ItemsInput {
  readonly mapping: Mapping;
  readonly files: readonly string[];
  readonly isBackfill: boolean;
  readonly nowMs: number;
  readonly counts: ReadCounts;
}

/**
 * All items of the files, in pieces. Which items come, and in which order, hangs on the files and the mapping alone: the
 * journal counts them to know where an import stopped.
 */
export async function* readItems(input: ItemsInput): AsyncGenerator<readonly Item[]> {
  const { mapping, files, counts } = input;
  const assembly = assemblyOf(input);
  for (const file of files) {
    for await (const rows of readRows(mapping, file)) {
      const items: Item[] = [];
      for (const row of rows) {
        counts.rows += 1;
        if (isRefusal(row)) items.push({ refusal: row });
        else items.push(...assembly.row(row));
      }
      if (items.length > 0) yield items;
    }
  }
  yield assembly.end();
}

/** Makes items of rows. */
interface Assembly {
  row(row: Row): readonly Item[];
  end(): readonly Item[];
}

function assemblyOf(input: ItemsInput): Assembly {
  const { mapping } = input;
  const reader = rowReader(mapping, input.nowMs);
  const maker = new ItemMaker(input);
  if (mapping.group === undefined) return new SingleRows(reader, maker);
  const groups = new GroupRows(mapping, mapping.group, reader);
  return new Grouping({ group: mapping.group, reader, groups, maker });
}

class ItemMaker {
  readonly #makeCall: (read: ReadEvent) => ImportCall | null;
  readonly #counts: ReadCounts;

  constructor({ mapping, isBackfill, counts }: ItemsInput) {
    this.#makeCall = callMaker(mapping, isBackfill);
    this.#counts = counts;
  }

  /** The item of an event, or of what made reading it impossible. */
  make(place: Row, rows: number, read: () => ReadEvent): readonly Item[] {
    return refusing(place, () => {
      const call = this.#makeCall(read());
      if (call === null) this.#counts.skipped += rows;
      return call === null ? [] : [{ call, file: place.file, line: place.line }];
    });
  }
}

function refusing(row: Row, use: () => readonly Item[]): readonly Item[] {
  try {
    return use();
  } catch (error) {
    if (error instanceof RowRefused) return [{ refusal: refusalOf(error, row) }];
    throw error;
  }
}

const repeated = (remedy: string): RowRefused => new RowRefused('KEY_REPEATED', { remedy });

class SingleRows implements Assembly {
  readonly #reader: RowReader;
  readonly #maker: ItemMaker;
  readonly #seen = new SeenKeys();

  constructor(reader: RowReader, maker: ItemMaker) {
    this.#reader = reader;
    this.#maker = maker;
  }

  row(row: Row): readonly Item[] {
    return this.#maker.make(row, 1, () => {
      const messageId = this.#reader.messageIdOf(row.cells);
      if (!this.#seen.add(messageId)) {
        throw repeated('Take the row out, or name more columns in key: rows with one key are one event.');
      }
      return { messageId, atMs: this.#reader.timeOf(row.cells), ...this.#reader.says(row.cells) };
    });
  }

  end(): readonly Item[] {
    return [];
  }
}

class Grouping implements Assembly {
  readonly #group: Group;
  readonly #reader: RowReader;
  readonly #groups: GroupRows;
  readonly #maker: ItemMaker;
  readonly #seen = new SeenKeys();
  /** Where rows stand together, at most one. */
  readonly #open = new Map<string, OpenGroup>();

  constructor(parts: { group: Group; reader: RowReader; groups: GroupRows; maker: ItemMaker }) {
    this.#group = parts.group;
    this.#reader = parts.reader;
    this.#groups = parts.groups;
    this.#maker = parts.maker;
  }

  row(row: Row): readonly Item[] {
    const items: Item[] = [];
    items.push(
      ...refusing(row, () => {
        const messageId = this.#reader.messageIdOf(row.cells);
        let group = this.#open.get(messageId);
        if (group === undefined) {
          if (this.#group.rows === 'together') items.push(...this.#closeAll());
          group = this.#start(row, messageId);
        }
        const refusal = this.#groups.add(group, row);
        return refusal === null ? [] : [{ refusal }];
      }),
    );
    return items;
  }

  #start(row: Row, messageId: string): OpenGroup {
    if (this.#group.rows === 'together' && !this.#seen.add(messageId)) {
      throw repeated('Its event was complete before: let its rows stand together, or set group.rows to anywhere.');
    }
    const group = this.#groups.open(row, messageId);
    this.#open.set(messageId, group);
    return group;
  }

  #closeAll(): readonly Item[] {
    const finished = [...this.#open.values()].map((group) => this.#groups.finish(group));
    this.#open.clear();
    return finished.sort(byTime).flatMap((group) => this.#itemsOf(group));
  }

  #itemsOf(group: FinishedGroup): readonly Item[] {
    const { read } = group;
    // A row that is an event of its own was reported already.
    if (read === null) return group.rows > 1 ? [{ refusal: brokenGroup(group) }] : [];
    return this.#maker.make(group.first, group.rows, () => read);
  }

  end(): readonly Item[] {
    return this.#closeAll();
  }
}

const byTime = (a: FinishedGroup, b: FinishedGroup): number => (a.read?.atMs ?? 0) - (b.read?.atMs ?? 0);
