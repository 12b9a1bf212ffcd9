import type { ChangelogPart } from '@kairos/contracts';
import type { TaskMeta } from '../task-meta.ts';
import { packPart } from './pack-part.ts';
import { PackedPart } from './packed-part.ts';
import type { KeyState } from './part-form.ts';
import { UNKNOWN_DUE } from './part-timers.ts';

/** A cut before it is written: keys as they stand at one input offset. */
export interface CutHead {
  readonly writer: string;
  readonly cut: number;
  /** The cut covers changes from here; 0 = it holds all keys. */
  readonly fromOffset: number;
  /** Everything below was applied, its outputs acknowledged. */
  readonly toOffset: number;
  readonly meta: TaskMeta;
}

/** What one record of a cut holds at most. */
export interface PartLimits {
  /** Before they are deflated: a few milliseconds of work, and far above one record per key, which costs ten times as much. */
  readonly bytes: number;
  readonly keys: number;
}

export const PART_LIMITS: PartLimits = { bytes: 256_000, keys: 5_000 };

/** A key or two are not worth it. */
const DEFLATE_BYTES = 512;

export const partKey = ({ writer, cut, part }: Pick<ChangelogPart, 'writer' | 'cut' | 'part'>): string =>
  `${writer}/${cut}/${part}`;

/** Keys in groups, each of which becomes one record; at least one. */
export function* grouped(entries: Iterable<KeyState>, limits: PartLimits): Generator<readonly KeyState[]> {
  let open: KeyState[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = entry.key.length + entry.state.length + 16;
    if (open.length > 0 && (bytes + size > limits.bytes || open.length >= limits.keys)) {
      yield open;
      open = [];
      bytes = 0;
    }
    open.push(entry);
    bytes += size;
  }
  yield open;
}

const sizeOf = (entries: readonly KeyState[]): number =>
  entries.reduce((sum, { key, state }) => sum + key.length + state.length + 16, 0);

/** The n-th part. The last one holds the cut's end, without which none of them counts. */
export const toPart = (
  head: CutHead,
  { part, isLast }: { readonly part: number; readonly isLast: boolean },
  entries: readonly KeyState[],
): ChangelogPart => ({
  writer: head.writer,
  cut: head.cut,
  part,
  toOffset: head.toOffset,
  entries: [],
  packed: packPart(entries, { deflate: sizeOf(entries) >= DEFLATE_BYTES }),
  end: isLast ? { fromOffset: head.fromOffset, parts: part + 1, meta: JSON.stringify(head.meta) } : null,
});

const toBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** What a part holds, also one of those that were written key by key. */
export const fromPart = ({ entries, packed }: ChangelogPart): PackedPart => {
  if (packed.length > 0) return new PackedPart(toBuffer(packed));
  const old = entries.map(({ key, state }) => ({ key, state, dueAtMs: UNKNOWN_DUE }));
  return new PackedPart(packPart(old, { deflate: false }));
};
