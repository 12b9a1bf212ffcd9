import { type EnrichedRecord, headers } from '@kairos/contracts';
import { decodeRecord } from '../decode-record.ts';
import { type Logger, silentLogger } from '../logger.ts';
import { OriginsSeen } from '../origins-seen.ts';
import { partitionOf } from '../partition-of.ts';
import type { PlaybookReader } from '../playbook/playbook-reader.ts';
import type { IncomingRecord, KafkaPort, RecordReader, Serde } from '../ports.ts';
import { newMeta } from '../task-meta.ts';

const TOPIC = 'events.enriched';

/** Where a record of a person's log stands, as the detector knew it. */
export interface PersonAt<P> {
  readonly offset: number;
  /** The playbook that is active here; undefined before the first marker. */
  readonly playbook: P | undefined;
  /** Watermark, UTC ms; -1 before there is time. */
  readonly timeMs: number;
  readonly traceparent: string | null;
}

/** How far reading has come. */
export interface FollowProgress {
  readonly partition: number;
  /** The first record that the log still holds: what came before it is not known. */
  readonly startOffset: number;
  readonly nextOffset: number;
  /** Where the log ended when reading began. */
  readonly endOffset: number;
}

export interface FollowPersonOptions<P> {
  readonly kafka: Pick<KafkaPort, 'offsets' | 'partitionCount' | 'read'>;
  readonly serde: Serde;
  readonly playbooks: Pick<PlaybookReader<P>, 'at' | 'readTo'>;
  readonly personId: string;
  /** Go on with what comes, until closed. */
  readonly follow: boolean;
  readonly logger?: Logger;
  /** A record of this person, each once. One that throws is passed over, as the detector sets it aside. */
  onRecord(value: EnrichedRecord, at: PersonAt<P>): void;
  /** Time has moved on to `at.timeMs`. */
  onTime(at: PersonAt<P>): void;
  /** Another playbook is active from here on. */
  onPlaybook(at: PersonAt<P>): void;
  onProgress?(progress: FollowProgress): void;
  /** What the log held when reading began has been read. */
  onCaughtUp?(): void;
}

/**
 * Reads the partition of one person on `events.enriched` from its first record on, and gives what the detector's task would
 * give to that person's state: the person's records without repeats, time, and playbooks. Writes nothing and joins no
 * group: whoever decides does not notice.
 */
export async function followPerson<P>(options: FollowPersonOptions<P>): Promise<RecordReader> {
  const { kafka, personId, follow } = options;
  const partition = partitionOf(personId, await kafka.partitionCount(TOPIC));
  const { start = 0, end = 0 } = (await kafka.offsets(TOPIC)).get(partition) ?? {};
  const log = new PersonLog(options);
  const progressAt = (nextOffset: number): void =>
    options.onProgress?.({ partition, startOffset: start, nextOffset, endOffset: end });
  progressAt(start);
  return kafka.read({
    topic: TOPIC,
    partitions: [partition],
    from: 'earliest',
    follow,
    async onRecords(records) {
      for (const record of records) await log.take(record);
      progressAt((records.at(-1)?.offset ?? start) + 1);
    },
    onCaughtUp: () => options.onCaughtUp?.(),
  });
}

/** One person's share of a partition. */
class PersonLog<P> {
  readonly #options: FollowPersonOptions<P>;
  readonly #origins = new OriginsSeen();
  readonly #meta = newMeta();
  #playbook: P | undefined;

  constructor(options: FollowPersonOptions<P>) {
    this.#options = options;
  }

  async take(record: IncomingRecord): Promise<void> {
    const { serde, personId, logger = silentLogger } = this.#options;
    const key = record.key?.toString('utf8') ?? '';
    // Ids of persons have a kind and a colon; time and markers, which are for everybody, have none.
    if (record.value === null || (key !== personId && key.includes(':'))) return;
    let value: EnrichedRecord;
    try {
      value = await decodeRecord(TOPIC, record, {
        serde,
        onOutage: (error) =>
          logger.warn({ error: error.message }, 'the schema registry does not answer, waiting for it'),
      });
    } catch (error) {
      return logger.warn({ offset: record.offset, error: String(error) }, 'passed over a record');
    }
    if (value.time !== null) return this.#onTime(value.time.timeMs, record);
    if (value.marker !== null) return this.#onMarker(value.marker, record);
    if (key !== personId || this.#isRepeat(value, record)) return;
    try {
      this.#options.onRecord(value, this.#at(record));
    } catch (error) {
      logger.warn({ offset: record.offset, error: String(error) }, 'passed over a record');
    }
  }

  /** A repeat has the origin of an earlier record of the same person, so this person's own tell them all. */
  #isRepeat({ origin }: EnrichedRecord, record: IncomingRecord): boolean {
    if (origin === null) return false;
    if (record.headers[headers.replayed] === undefined && this.#origins.isRepeat(origin, this.#meta)) return true;
    this.#origins.note(origin, this.#meta);
    return false;
  }

  #onTime(timeMs: number, record: IncomingRecord): void {
    if (timeMs <= this.#meta.timeMs) return;
    this.#meta.timeMs = timeMs;
    this.#options.onTime(this.#at(record));
  }

  async #onMarker(marker: NonNullable<EnrichedRecord['marker']>, record: IncomingRecord): Promise<void> {
    const { playbooks } = this.#options;
    // A lower offset than the active one is ignored: markers may come twice, or late.
    if (marker.playbookOffset <= this.#meta.playbookOffset) return;
    await playbooks.readTo(marker.playbookOffset);
    this.#meta.playbookOffset = marker.playbookOffset;
    this.#playbook = playbooks.at(marker.playbookOffset, marker.version);
    this.#options.onPlaybook(this.#at(record));
  }

  #at(record: IncomingRecord): PersonAt<P> {
    return {
      offset: record.offset,
      playbook: this.#playbook,
      timeMs: this.#meta.timeMs,
      traceparent: record.headers[headers.traceparent]?.toString('latin1') ?? null,
    };
  }
}
