import type { ChangelogPart, TopicName } from '@kairos/contracts';
import { type Logger, silentLogger } from '../logger.ts';
import type { IncomingRecord, KafkaPort, PartitionEnds, Serde } from '../ports.ts';
import { ChangelogView } from './changelog-view.ts';
import { type CopiedRecord, type KeptCopy, type LocalCopies, type LocalCopy, NOTHING_KEPT } from './local-copy.ts';
import type { Restored, StateImage } from './restored.ts';
import { imageOf } from './state-image.ts';

/** How far a restore has come, over all partitions that are read. */
export interface RestoreProgress {
  readonly records: number;
  readonly ofRecords: number;
  readonly bytes: number;
}

export interface RestoreSurroundings {
  readonly kafka: KafkaPort;
  readonly serde: Serde;
  readonly copies?: LocalCopies | undefined;
  readonly logger?: Logger;
  onProgress?(progress: RestoreProgress): void;
}

/** What stands of a partition, and the copy that goes on with it. */
export interface RestoredPartition extends Restored {
  readonly partition: number;
  readonly copy: LocalCopy | undefined;
  /** Up to here the changelog was read. */
  readonly changelogEnd: number;
  /** Came from this machine, and only the rest from the changelog. */
  readonly isWarm: boolean;
}

class Reading {
  readonly partition: number;
  readonly copy: LocalCopy | undefined;
  readonly #around: RestoreSurroundings;
  readonly #topic: TopicName;
  #view = new ChangelogView();
  #copied: KeptCopy = NOTHING_KEPT;
  /** Of the copy, what belongs to this log. */
  #kept: KeptCopy = NOTHING_KEPT;
  /** The last record of the copy, to be met again where it lay. */
  #anchor: CopiedRecord | undefined;
  /** What a cold start keeps, what a warm one adds. */
  #read = new Map<string, CopiedRecord>();
  /** The copy is of another log, or damaged. */
  #isUseless = false;
  #readTo = 0;
  #image: StateImage | undefined;
  /** Settles when the view holds what the copy says. */
  #begun: Promise<void> = Promise.resolve();

  constructor(around: RestoreSurroundings, topic: TopicName, partition: number) {
    this.#around = around;
    this.#topic = topic;
    this.partition = partition;
    this.copy = around.copies?.of(topic, partition);
  }

  /** Whether all must be read from the start. Asked when everything was read. */
  async isUseless(): Promise<boolean> {
    await this.#begun;
    return this.#isUseless;
  }

  async readCopy(): Promise<void> {
    this.#copied = (await this.copy?.read()) ?? NOTHING_KEPT;
  }

  /** Begins with the copy; answers where to go on in the changelog, which need not wait for all of the copy. */
  begin(end: number): number {
    const kept = this.#copied;
    if (kept.records.length === 0 && kept.image === undefined) return 0;
    if (kept.toOffset > end) {
      this.#complain({ copyEnds: kept.toOffset, changelogEnds: end });
      return 0;
    }
    this.#kept = kept;
    this.#anchor = kept.records.find(({ offset }) => offset === kept.toOffset - 1);
    this.#begun = this.#take(kept);
    // It is waited for later; until then it must not count as unhandled.
    this.#begun.catch(() => undefined);
    return this.#anchor === undefined ? kept.toOffset : kept.toOffset - 1;
  }

  async #take({ image, records }: KeptCopy): Promise<void> {
    this.#image = await image;
    this.#isUseless = image !== undefined && this.#image === undefined;
    if (this.#isUseless) return;
    this.#view = new ChangelogView(this.#image);
    for (const { key, value } of records) await this.#add(key, value);
  }

  async add({ offset, key, value }: IncomingRecord): Promise<void> {
    await this.#begun;
    this.#readTo = Math.max(this.#readTo, offset + 1);
    if (key === null || this.#isUseless) return;
    const name = key.toString('utf8');
    if (this.#anchor !== undefined && offset === this.#anchor.offset) {
      this.#isUseless = name !== this.#anchor.key;
      this.#anchor = undefined;
      if (this.#isUseless) this.#complain({ offset });
      return;
    }
    if (this.copy !== undefined) {
      // In the order of the log, the last one of a key.
      this.#read.delete(name);
      this.#read.set(name, { offset, key: name, value });
    }
    await this.#add(name, value);
  }

  /** Reads everything from the start: the copy is damaged, or belongs to a log that is no more. */
  forget(): void {
    this.#view = new ChangelogView();
    this.#kept = NOTHING_KEPT;
    this.#anchor = undefined;
    this.#read.clear();
    this.#readTo = 0;
    this.#isUseless = false;
    this.#image = undefined;
  }

  end(changelogEnd: number): RestoredPartition {
    const readTo = Math.max(changelogEnd, this.#readTo);
    const restored = this.#view.restore();
    // Not waited for: the copy is written while the task works already. It never throws.
    void this.#keep(restored, readTo);
    const isWarm = this.#kept.records.length > 0 || this.#image !== undefined;
    return { ...restored, partition: this.partition, copy: this.copy, changelogEnd: readTo, isWarm };
  }

  /** Goes on with the copy that was read, or, where much lies on top of its image, makes a new one. */
  #keep(restored: Restored, readTo: number): Promise<void> | undefined {
    const { records } = this.#kept;
    const image = this.#image;
    const more = [...this.#read.values()];
    const all = compacted([...records, ...more]);
    const onTop = all.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    if (image !== undefined && onTop < ON_TOP_SHARE * sizeOf(image)) return this.copy?.goOn(more, readTo);
    if (restored.meta === undefined) return this.copy?.replace(all, readTo);
    // The last one always, by which the log is known again.
    const pending = all.filter((one, at) => at === all.length - 1 || this.#view.isPending(one.key, restored));
    return this.copy?.replace(pending, readTo, imageOf(restored));
  }

  #complain(about: object): void {
    const { logger = silentLogger } = this.#around;
    logger.warn(
      { topic: this.#topic, partition: this.partition, ...about },
      'a local copy is of another log: it is discarded, the changelog is read from its start',
    );
  }

  async #add(key: string, value: Buffer | null): Promise<void> {
    const part = value === null ? null : ((await this.#around.serde.decode(this.#topic, value)) as ChangelogPart);
    this.#view.add(key, part, value?.length ?? 0);
  }
}

/** What compaction would leave; the last one always, by which the log is known again. */
const compacted = (records: readonly CopiedRecord[]): CopiedRecord[] => {
  const standing = new Map<string, CopiedRecord>();
  const last = records[records.length - 1];
  for (const record of records) {
    standing.delete(record.key);
    if (record.value !== null || record === last) standing.set(record.key, record);
  }
  return [...standing.values()];
};

const sizeOf = (image: StateImage): number =>
  image.packed.columns.parts.reduce((sum, { packed }) => sum + packed.length, 0);

/** Of an image: what lies on top costs comparing of keys. */
const ON_TOP_SHARE = 0.1;
const TELL_EVERY_MS = 1_000;

/** Reads changelog partitions, each from where its local copy ends, and says what they hold. */
export const readChangelog = async (
  around: RestoreSurroundings,
  topic: TopicName,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, RestoredPartition>> => {
  const readings = new Map(partitions.map((partition) => [partition, new Reading(around, topic, partition)]));
  const copies = Promise.all([...readings.values()].map((reading) => reading.readCopy()));
  const begin = async (found: PartitionEnds): Promise<Map<number, number>> => {
    await copies;
    return new Map([...readings].map(([one, reading]) => [one, reading.begin(found.get(one)?.end ?? 0)]));
  };
  let ends = await readAll(around, topic, { readings, from: begin });
  const again = new Map<number, Reading>();
  for (const [partition, reading] of readings) if (await reading.isUseless()) again.set(partition, reading);
  for (const reading of again.values()) reading.forget();
  if (again.size > 0) {
    const fromStart = async (): Promise<Map<number, number>> => new Map();
    ends = new Map([...ends, ...(await readAll(around, topic, { readings: again, from: fromStart }))]);
  }
  return new Map([...readings].map(([partition, reading]) => [partition, reading.end(ends.get(partition)?.end ?? 0)]));
};

/** Answers where the partitions started and ended. */
const readAll = async (
  around: RestoreSurroundings,
  topic: TopicName,
  {
    readings,
    from,
  }: {
    readonly readings: ReadonlyMap<number, Reading>;
    from(ends: PartitionEnds): Promise<ReadonlyMap<number, number>>;
  },
): Promise<PartitionEnds> => {
  let ends: PartitionEnds = new Map();
  let starts: ReadonlyMap<number, number> = new Map();
  let ofRecords = 0;
  const passed = new Map<number, number>();
  let bytes = 0;
  let toldMs = Date.now();
  const tell = (): void => {
    const records = [...passed].reduce((sum, [one, next]) => sum + next - (starts.get(one) ?? 0), 0);
    around.onProgress?.({ records, ofRecords, bytes });
  };
  const reader = await around.kafka.read({
    topic,
    partitions: [...readings.keys()],
    from: async (found) => {
      ends = found;
      const wanted = await from(found);
      starts = new Map([...found].map(([one, { start }]) => [one, Math.max(wanted.get(one) ?? 0, start)]));
      ofRecords = [...starts].reduce((sum, [one, start]) => sum + Math.max(0, (found.get(one)?.end ?? 0) - start), 0);
      return starts;
    },
    onRecords: async (records) => {
      for (const record of records) {
        await readings.get(record.partition)?.add(record);
        bytes += record.value?.length ?? 0;
        passed.set(record.partition, record.offset + 1);
      }
      if (Date.now() - toldMs < TELL_EVERY_MS) return;
      toldMs = Date.now();
      tell();
    },
  });
  await reader.done;
  if (ofRecords > 0) tell();
  return ends;
};
