import type { ChangelogPart, StateEntry } from '@kairos/contracts';
import type { TaskMeta } from '../task-meta.ts';

/** A cut before it is written: keys as they stand at one input offset. */
export interface Cut {
  readonly writer: string;
  readonly cut: number;
  /** The cut covers changes from here; 0 = it holds all keys. */
  readonly fromOffset: number;
  /** Everything below was applied, its outputs acknowledged. */
  readonly toOffset: number;
  readonly entries: Iterable<readonly [key: string, state: Uint8Array]>;
  readonly meta: TaskMeta;
}

/** Well below what a request may carry, and far above one record per key, which costs ten times as much. */
const PART_BYTES = 500_000;
const PART_KEYS = 5_000;

export const partKey = ({ writer, cut, part }: Pick<ChangelogPart, 'writer' | 'cut' | 'part'>): string =>
  `${writer}/${cut}/${part}`;

const toBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const group = (entries: Cut['entries'], maxKeys: number): StateEntry[][] => {
  const groups: StateEntry[][] = [];
  let open: StateEntry[] = [];
  let bytes = 0;
  for (const [key, state] of entries) {
    const size = key.length + state.length + 8;
    if (open.length > 0 && (bytes + size > PART_BYTES || open.length >= maxKeys)) {
      groups.push(open);
      open = [];
      bytes = 0;
    }
    open.push({ key, state: toBuffer(state) });
    bytes += size;
  }
  groups.push(open);
  return groups;
};

/** Parts of a cut in order; the last one holds its end, without which none of them counts. */
export const toParts = (cut: Cut, maxKeys: number = PART_KEYS): ChangelogPart[] => {
  const groups = group(cut.entries, maxKeys);
  return groups.map((entries, part) => ({
    writer: cut.writer,
    cut: cut.cut,
    part,
    toOffset: cut.toOffset,
    entries,
    end:
      part === groups.length - 1
        ? { fromOffset: cut.fromOffset, parts: groups.length, meta: JSON.stringify(cut.meta) }
        : null,
  }));
};
