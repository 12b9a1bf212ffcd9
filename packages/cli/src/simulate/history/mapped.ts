import { stat } from 'node:fs/promises';
import { type ReadMapping, readMapping } from '../../import/mapping/read-mapping.ts';
import { type Item, readItems } from '../../import/read-items.ts';
import { findFiles } from '../../import/rows/find-files.ts';
import { idsOf } from '../shares/connected-ids.ts';
import type { HistoryEvent } from '../walk.ts';
import type { Glimpse, History } from './history.ts';
import { type CallSource, ofCall } from './parse-line.ts';

const PIECE = 1_000;
const MAX_PROBLEMS = 5;

/** Rows of any file that a mapping reads, as `kairos import` sends them. */
export class MappedHistory implements History {
  readonly from: string;
  readonly bytes: number;
  readonly #read: ReadMapping;
  readonly #files: readonly string[];
  readonly #source: CallSource;
  readonly problems: string[] = [];
  unreadable = 0;
  share = 0;

  /** By name or file of the mapping; throws where it is none, or its rows are not there. */
  static async open(mapping: string, place: string, source: CallSource): Promise<MappedHistory> {
    const read = await readMapping(mapping);
    const files = await findFiles([place], read.mapping.file.names);
    const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
    return new MappedHistory(read, { files, bytes: sizes.reduce((sum, size) => sum + size, 0) }, source);
  }

  constructor(
    read: ReadMapping,
    { files, bytes }: { readonly files: readonly string[]; readonly bytes: number },
    source: CallSource,
  ) {
    this.bytes = bytes;
    this.from = `${files.length === 1 ? files[0] : `${files.length} files`} by the mapping ${read.mapping.id}`;
    this.#read = read;
    this.#files = files;
    this.#source = source;
  }

  async *read(): AsyncGenerator<readonly HistoryEvent[]> {
    const { mapping } = this.#read;
    this.unreadable = 0;
    this.problems.length = 0;
    const rounds = this.#rounds();
    for (const [at, files] of rounds.entries()) {
      const counts = { rows: 0, skipped: 0 };
      const input = { mapping, files, isBackfill: mapping.backfill, nowMs: Date.now(), counts };
      for await (const items of readItems(input)) yield* this.#inPieces(items);
      this.share = (at + 1) / rounds.length;
    }
  }

  async *glimpses(): AsyncGenerator<readonly Glimpse[]> {
    for await (const batch of this.read()) yield batch.map(({ atMs, event }) => ({ atMs, ids: idsOf(event), event }));
  }

  /** Where rows of one event may lie in two files, these must be read together. */
  #rounds(): readonly (readonly string[])[] {
    return this.#read.mapping.group?.rows === 'anywhere' ? [this.#files] : this.#files.map((file) => [file]);
  }

  *#inPieces(items: readonly Item[]): Generator<readonly HistoryEvent[]> {
    for (let at = 0; at < items.length; at += PIECE) {
      yield items.slice(at, at + PIECE).flatMap((item) => {
        const said = 'call' in item ? ofCall({ ...item.call }, this.#source) : problemOf(item.refusal);
        if (typeof said !== 'string') return [said];
        this.unreadable += 1;
        if (this.problems.length < MAX_PROBLEMS) this.problems.push(said);
        return [];
      });
    }
  }
}

type Refusal = Extract<Item, { readonly refusal: unknown }>['refusal'];

const problemOf = ({ file, line, field, reason, remedy }: Refusal): string =>
  `${file}:${line} ${field}: ${reason}. ${remedy}`;
