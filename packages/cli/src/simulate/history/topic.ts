import type { CollectedEvent, TopicName } from '@kairos/contracts';
import { PROFILE_SET } from '@kairos/decisions';
import type { IncomingRecord } from '@kairos/stream-kit';
import type { OpenLog } from '../../house/log.ts';
import type { HistoryEvent } from '../walk.ts';
import type { History } from './history.ts';

/** From where to where on the log, UTC ms of log time. */
export interface LogRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export const WHOLE_LOG: LogRange = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };

/** Topics from which customers' events can be taken. */
export type EventTopic = Extract<TopicName, 'events.collected' | 'events.identified'>;

/**
 * Which time an event has: `log` = when it came in, so that a rehearsal sees what the house saw; `occurred` = when it
 * happened, for history that was imported.
 */
export type TimeOf = 'log' | 'occurred';

export interface TopicHistoryOptions {
  readonly topic: EventTopic;
  readonly range: LogRange;
  readonly time: TimeOf;
}

/** Events that are still on the log of a running house, in order of time over all partitions. */
export async function openTopic(log: OpenLog, options: TopicHistoryOptions): Promise<History> {
  const ends = await log.kafka.offsets(options.topic);
  const records = [...ends.values()].reduce((sum, { start, end }) => sum + end - start, 0);
  return new TopicHistory(log, { ...options, partitions: [...ends.keys()], records });
}

interface Whole extends TopicHistoryOptions {
  readonly partitions: readonly number[];
  readonly records: number;
}

class TopicHistory implements History {
  readonly from: string;
  readonly problems: readonly string[] = [];
  readonly #log: OpenLog;
  readonly #whole: Whole;
  #seen = 0;
  unreadable = 0;

  constructor(log: OpenLog, whole: Whole) {
    this.from = `${whole.topic} of the running house`;
    this.#log = log;
    this.#whole = whole;
  }

  get share(): number {
    return this.#whole.records === 0 ? 1 : Math.min(1, this.#seen / this.#whole.records);
  }

  async *read(): AsyncGenerator<readonly HistoryEvent[]> {
    this.#seen = 0;
    const feeds = this.#whole.partitions.map((partition) => new PartitionFeed(this.#log, this.#whole.topic, partition));
    try {
      yield* this.#merge(feeds);
    } finally {
      await Promise.all(feeds.map((feed) => feed.close()));
    }
  }

  /** Batches in order of time: of the batches that lie ahead, always as far as the one that ends first. */
  async *#merge(feeds: readonly PartitionFeed[]): AsyncGenerator<readonly HistoryEvent[]> {
    const heads = new Map<PartitionFeed, HistoryEvent[]>();
    for (;;) {
      for (const feed of feeds) {
        while ((heads.get(feed) ?? []).length === 0) {
          const records = await feed.next();
          if (records === null) {
            heads.delete(feed);
            break;
          }
          this.#seen += records.length;
          heads.set(feed, await this.#eventsOf(records));
        }
      }
      if (heads.size === 0) return;
      const untilMs = Math.min(...[...heads.values()].map((events) => lastTimeOf(events)));
      const ready: HistoryEvent[] = [];
      for (const [feed, events] of heads) {
        const isReady = (one: HistoryEvent): boolean => one.atMs <= untilMs;
        const until = events.findIndex((one) => !isReady(one));
        const count = until < 0 ? events.length : until;
        ready.push(...events.slice(0, count));
        heads.set(feed, events.slice(count));
      }
      yield ready.sort((a, b) => a.atMs - b.atMs);
    }
  }

  async #eventsOf(records: readonly IncomingRecord[]): Promise<HistoryEvent[]> {
    const { topic, range, time } = this.#whole;
    const events: HistoryEvent[] = [];
    for (const record of records) {
      if (record.value === null || record.logTimeMs < range.fromMs || record.logTimeMs >= range.toMs) continue;
      const found = await this.#eventIn(topic, record);
      if (found === 'unreadable') this.unreadable += 1;
      else if (found !== null) events.push(timed(found, time));
    }
    return events;
  }

  async #eventIn(topic: EventTopic, record: IncomingRecord): Promise<HistoryEvent | null | 'unreadable'> {
    try {
      if (topic === 'events.collected') {
        const event = await this.#log.serde.decode('events.collected', record.value ?? Buffer.alloc(0));
        // What identify writes here itself, it writes in the rehearsal, too.
        return event.origin === null ? { atMs: record.logTimeMs, event } : null;
      }
      const { event, forwarded } = await this.#log.serde.decode('events.identified', record.value ?? Buffer.alloc(0));
      // What a journey set is set again; what went through the door once more has come before.
      if (event === null || forwarded !== null || isSetByJourney(event.event)) return null;
      const collected: CollectedEvent = { ...event.event, rehomed: false, link: null, origin: null };
      return { atMs: event.loggedAtMs, event: collected };
    } catch {
      return 'unreadable';
    }
  }
}

const isSetByJourney = ({ name, sourceKind }: { readonly name: string; readonly sourceKind: string }): boolean =>
  name === PROFILE_SET && sourceKind === 'internal';

function timed({ atMs, event }: HistoryEvent, time: TimeOf): HistoryEvent {
  if (time === 'log') return { atMs, event };
  return { atMs: event.occurredAtMs, event: { ...event, receivedAtMs: event.occurredAtMs } };
}

const lastTimeOf = (events: readonly HistoryEvent[]): number =>
  events.reduce((latest, { atMs }) => Math.max(latest, atMs), Number.NEGATIVE_INFINITY);

/** One partition, a batch at a time: no more is fetched than somebody asks for. */
class PartitionFeed {
  readonly #batches: (readonly IncomingRecord[])[] = [];
  readonly #reader: ReturnType<OpenLog['kafka']['read']>;
  #taken: () => void = () => undefined;
  #came: () => void = () => undefined;
  #isOver = false;
  #failure: unknown;

  constructor({ kafka }: OpenLog, topic: EventTopic, partition: number) {
    this.#reader = kafka.read({
      topic,
      partitions: [partition],
      onRecords: (records) =>
        new Promise<void>((resolve) => {
          if (this.#isOver) return resolve();
          this.#batches.push(records);
          this.#taken = resolve;
          this.#came();
        }),
    });
    this.#reader
      .then((reader) => reader.done)
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#isOver = true;
        this.#came();
      });
  }

  /** The next records; null at the end. */
  async next(): Promise<readonly IncomingRecord[] | null> {
    for (;;) {
      const batch = this.#batches.shift();
      if (batch !== undefined) {
        this.#taken();
        return batch;
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#isOver) return null;
      await new Promise<void>((resolve) => {
        this.#came = resolve;
        if (this.#batches.length > 0 || this.#isOver) resolve();
      });
    }
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#taken();
    await (await this.#reader.catch(() => undefined))?.close();
  }
}
