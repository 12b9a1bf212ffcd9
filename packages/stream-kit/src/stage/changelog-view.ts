import type { ChangelogPart } from '@kairos/contracts';
import type { TaskMeta } from '../task-meta.ts';
import { fromPart } from './cut-format.ts';
import type { PackedPart } from './packed-part.ts';
import { PackedStates } from './packed-states.ts';
import type { Known, Restored, StateImage } from './restored.ts';

interface Standing {
  readonly order: number;
  readonly part: ChangelogPart;
  readonly bytes: number;
  /** What it holds, where that is known already. */
  readonly packed: PackedPart | undefined;
}

interface CompleteCut {
  /** Place of its last part in the log. */
  readonly order: number;
  readonly fromOffset: number;
  readonly toOffset: number;
  readonly meta: string;
  readonly parts: readonly Standing[];
  readonly bytes: number;
  /** Instead of parts. */
  readonly image?: StateImage;
}

/**
 * The compacted view of a changelog partition, and the state that follows from it (architecture, rule 5): a cut counts
 * only when all its parts are there and what it builds on is covered; per key the entry with the highest `to` wins, so
 * that a zombie's older cut changes nothing.
 */
export class ChangelogView {
  readonly #standing = new Map<string, Standing>();
  #order = 0;
  readonly #image: StateImage | undefined;
  /** What stood when the image was made and stands still. */
  readonly #imaged: Map<string, Known>;

  /** From nothing, or from an image of what the changelog said so far. */
  constructor(image?: StateImage) {
    this.#image = image;
    this.#imaged = new Map(image?.known.map(({ key, toOffset, bytes }) => [key, { toOffset, bytes }]));
  }

  /** A record in the order of the log; without a part it is a tombstone. */
  add(key: string, part: ChangelogPart | null, bytes = 0): void {
    this.#order += 1;
    this.#imaged.delete(key);
    if (part === null) this.#standing.delete(key);
    else this.#standing.set(key, { order: this.#order, part, bytes, packed: lookedThrough(part) });
  }

  /** Records that say more than was restored: parts of cuts that do not count yet. */
  isPending(key: string, restored: Restored): boolean {
    return (this.#standing.get(key)?.part.toOffset ?? -1) > restored.toOffset;
  }

  restore(): Restored {
    const complete = [...this.#imageCut(), ...this.#completeCuts()];
    const covered = coveredTo(complete);
    const usable = complete.filter(({ toOffset }) => toOffset <= covered);
    const newest = latest(usable, (cut) => cut.toOffset === covered);
    // A cut of all keys speaks for every key, also for those that it does not name: they hold nothing.
    const full = latest(usable, ({ fromOffset }) => fromOffset === 0);
    const after = usable.filter((cut) => cut === full || full === undefined || cut.toOffset > full.toOffset);
    const known = new Map(this.#imaged);
    for (const [key, { part, bytes }] of this.#standing) known.set(key, { toOffset: part.toOffset, bytes });
    const cutsBefore = full?.image === undefined ? 0 : full.image.cuts - 1;
    return {
      states: newest === undefined ? new PackedStates() : statesOf(after),
      meta: newest === undefined ? undefined : (JSON.parse(newest.meta) as TaskMeta),
      toOffset: newest?.toOffset ?? 0,
      known,
      cuts: after.length + cutsBefore,
      bytes: [...known.values()].reduce((sum, { bytes }) => sum + bytes, 0),
      fullBytes: full?.bytes ?? 0,
    };
  }

  #imageCut(): CompleteCut[] {
    const image = this.#image;
    if (image === undefined) return [];
    const { toOffset, meta, fullBytes: bytes } = image;
    return [{ order: 0, fromOffset: 0, toOffset, meta, parts: [], bytes, image }];
  }

  #completeCuts(): CompleteCut[] {
    const groups = new Map<string, Standing[]>();
    for (const standing of this.#standing.values()) {
      const name = `${standing.part.writer}/${standing.part.cut}`;
      const group = groups.get(name) ?? [];
      groups.set(name, group);
      group.push(standing);
    }
    return [...groups.values()].flatMap((group) => {
      const last = group.find(({ part }) => part.end !== null);
      const end = last?.part.end;
      if (last === undefined || end === null || end === undefined || group.length !== end.parts) return [];
      return [
        {
          order: last.order,
          fromOffset: end.fromOffset,
          toOffset: last.part.toOffset,
          meta: end.meta,
          parts: group,
          bytes: group.reduce((sum, { bytes }) => sum + bytes, 0),
        },
      ];
    });
  }
}

/**
 * Checks a part and looks for its timers as soon as it is there: the next ones are still on their way from the broker, and
 * nothing else is to be done. What cannot be read may be of a cut that does not count; if it counts, the restore fails.
 */
const lookedThrough = (part: ChangelogPart): PackedPart | undefined => {
  if (part.packed.length === 0) return undefined;
  try {
    const packed = fromPart(part);
    void packed.timers;
    return packed;
  } catch {
    return undefined;
  }
};

/** How far the cuts reach without a gap, whoever wrote them: all writers fold the same log. */
const coveredTo = (cuts: readonly CompleteCut[]): number => {
  const sorted = [...cuts].sort((a, b) => a.fromOffset - b.fromOffset);
  let covered = 0;
  for (const { fromOffset, toOffset } of sorted) if (fromOffset <= covered) covered = Math.max(covered, toOffset);
  return covered;
};

/** Of those that fit, the one with the highest `to`; of equals the one written last. */
const latest = (cuts: readonly CompleteCut[], fits: (cut: CompleteCut) => boolean): CompleteCut | undefined =>
  cuts
    .filter(fits)
    .sort((a, b) => a.toOffset - b.toOffset || a.order - b.order)
    .at(-1);

const statesOf = (cuts: readonly CompleteCut[]): PackedStates => {
  const sorted = [...cuts].sort((a, b) => a.toOffset - b.toOffset || a.order - b.order);
  // An image has none: what it holds stays as it is, unless a later cut changes it.
  const parts = sorted
    .filter((cut) => cut.parts.length > 0)
    .map((cut) => cut.parts.map(({ part, packed }) => packed ?? fromPart(part)));
  // A cut of all keys, so the first of those that count.
  const image = sorted[0]?.image;
  const expected = parts.flat().reduce((sum, { count }) => sum + count, 0);
  const states = image === undefined ? new PackedStates(expected) : PackedStates.ofImage(image.packed, expected);
  for (const ofCut of parts) states.add(...ofCut);
  return states;
};
