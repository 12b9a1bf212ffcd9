import { imageChunks, readImage } from './image-file.ts';
import type { StateImage } from './restored.ts';

/** A record of a changelog as it is kept beside it; without a value it deletes its key. */
export interface CopiedRecord {
  /** Where it lies in the changelog. */
  readonly offset: number;
  readonly key: string;
  readonly value: Buffer | null;
}

export interface KeptCopy {
  /**
   * What the changelog said up to some place, on top of which the records lie. It is large: whoever asks for it need not
   * wait for it before the rest is looked at. Undefined where it turns out to be damaged: then nothing of the copy counts.
   */
  readonly image?: Promise<StateImage | undefined> | undefined;
  /** In the order of the log; empty when there is nothing, or nothing that can be trusted. */
  readonly records: readonly CopiedRecord[];
  /** Up to here nothing of the changelog is missing that still counts. */
  readonly toOffset: number;
}

/**
 * A copy of one changelog partition on this machine, for a warm start. It holds only what the changelog holds, so it is
 * never further than the truth and never differs from it: a start reads it, and then the changelog from where it ends.
 * Nothing depends on it: a damaged or lost one costs time. It never throws.
 */
export interface LocalCopy {
  read(): Promise<KeptCopy>;
  /** Keeps more. Without `toOffset` it reaches as far as the records follow one another. */
  append(records: readonly CopiedRecord[], toOffset?: number): Promise<void>;
  /** Keeps these and nothing else, all or none of them. The image is what they lie on top of. */
  replace(records: readonly CopiedRecord[], toOffset?: number, image?: StateImage): Promise<void>;
  /** Keeps what was read, and these. */
  goOn(records: readonly CopiedRecord[], toOffset: number): Promise<void>;
  /** Keeps nothing more; what is there stays. */
  close(): Promise<void>;
}

/** Where local copies are kept. */
export interface LocalCopies {
  of(task: string, partition: number): LocalCopy;
  /**
   * Begins to read what is here of a task, while its process does not know yet which partitions it will be given. What
   * was read is used by the first `read` of a partition; it may be older than what lies here then, which costs time only.
   */
  readAhead?(task: string): void;
  /** What was read ahead and nobody asked for. */
  forgetAhead?(task: string): void;
}

const NOTHING_ON_DISK = { records: [], toOffset: 0 };
export const NOTHING_KEPT: KeptCopy = NOTHING_ON_DISK;

/** How far a copy reaches with more records: another writer's, which it never saw, end it. */
export const reachOf = (toOffset: number, records: readonly CopiedRecord[]): number => {
  let reached = toOffset;
  for (const { offset } of records) if (offset === reached) reached += 1;
  return reached;
};

/** An image lies as the bytes of a file do, the same for all who read it: whoever changes them is found out by the next. */
interface OnDisk extends Omit<KeptCopy, 'image'> {
  readonly image?: Buffer | undefined;
}

/** Numbers in it are used in place, so it begins where memory of its own does. */
function asBytes(image: StateImage | undefined): Buffer | undefined {
  if (image === undefined) return undefined;
  const chunks = Buffer.concat(imageChunks(image));
  const bytes = Buffer.from(new ArrayBuffer(chunks.length));
  chunks.copy(bytes);
  return bytes;
}

const asRead = ({ image, ...kept }: OnDisk): KeptCopy =>
  image === undefined ? kept : { ...kept, image: Promise.resolve(readImage(image)?.image) };

/** Copies in memory: the disk of a machine whose processes come and go, in tests. */
export const memoryCopies = (): LocalCopies => {
  const kept = new Map<string, OnDisk>();
  let work: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(what: () => T | Promise<T>): Promise<T> => {
    const done = work.then(what);
    work = done;
    return done;
  };
  return {
    of: (task, partition) => {
      const name = `${task}/${partition}`;
      const now = (): OnDisk => kept.get(name) ?? NOTHING_ON_DISK;
      const more = (added: readonly CopiedRecord[], toOffset?: number) => (): void => {
        const { image, records, toOffset: before } = now();
        kept.set(name, { image, records: [...records, ...added], toOffset: toOffset ?? reachOf(before, added) });
      };
      return {
        read: () => inTurn(() => asRead(now())),
        append: (records, toOffset) => inTurn(more(records, toOffset)),
        replace: (records, toOffset, image) =>
          inTurn(() => {
            kept.set(name, { image: asBytes(image), records, toOffset: toOffset ?? reachOf(now().toOffset, records) });
          }),
        goOn: (records, toOffset) => inTurn(more(records, toOffset)),
        close: async () => undefined,
      };
    },
  };
};
