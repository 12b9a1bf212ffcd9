import { setTimeout as delay } from 'node:timers/promises';
import { type OutgoingRecord, partitionOf, type RecordProducer } from '@kairos/stream-kit';
import type { SentEvents } from '../checker/intake.ts';
import type { OpenLog } from '../history/log.ts';
import { Shop, type ShopEvent, type ShopOptions } from './shop.ts';

export interface LoadOptions extends ShopOptions {
  /** How many events at all; without it the load goes on until `stop`. */
  readonly events?: number;
  /** Without it as fast as the broker acknowledges. */
  readonly eventsPerS?: number;
}

export interface Load {
  sent(): number;
  /** No more new events; resolves like `done`. */
  stop(): Promise<SentEvents>;
  /** Resolves when every event has its answer. */
  readonly done: Promise<SentEvents>;
}

const TOPIC = 'events.collected';
const CHUNK = 100;
const IN_FLIGHT = 8;
const AGAIN_AFTER_MS = 300;

/** The shop's events straight onto the log, as a foreign producer writes them: keyed, acks=all, sent again when in doubt. */
class RunningLoad implements Load {
  readonly done: Promise<SentEvents>;
  readonly #options: LoadOptions;
  readonly #log: OpenLog;
  readonly #producer: RecordProducer;
  readonly #partitions: number;
  readonly #shop: Shop;
  readonly #acknowledged = new Set<string>();
  readonly #unknown = new Set<string>();
  #sent = 0;
  #stopped = false;

  constructor(log: OpenLog, options: LoadOptions, at: { producer: RecordProducer; partitions: number }) {
    this.#log = log;
    this.#options = options;
    this.#producer = at.producer;
    this.#partitions = at.partitions;
    this.#shop = new Shop(options);
    this.done = this.#run();
  }

  sent(): number {
    return this.#sent;
  }

  stop(): Promise<SentEvents> {
    this.#stopped = true;
    return this.done;
  }

  async #run(): Promise<SentEvents> {
    const { events = Number.POSITIVE_INFINITY, eventsPerS } = this.#options;
    const startedMs = performance.now();
    const chunkSize = eventsPerS === undefined ? CHUNK : Math.max(1, Math.min(CHUNK, Math.round(eventsPerS / 50)));
    const under = new Set<Promise<void>>();
    while (!this.#stopped && this.#sent < events) {
      if (eventsPerS !== undefined) {
        const aheadMs = (this.#sent / eventsPerS) * 1_000 - (performance.now() - startedMs);
        if (aheadMs > 0) await delay(aheadMs);
      }
      const chunk = this.#chunk(Math.min(chunkSize, events - this.#sent));
      const sending = this.#send(chunk).finally(() => under.delete(sending));
      under.add(sending);
      if (under.size >= IN_FLIGHT) await Promise.race(under);
    }
    await Promise.all(under);
    await this.#producer.close().catch(() => undefined);
    for (const id of this.#acknowledged) this.#unknown.delete(id);
    return { acknowledged: this.#acknowledged, unknown: this.#unknown };
  }

  #chunk(size: number): ShopEvent[] {
    const chunk: ShopEvent[] = [];
    while (chunk.length < size) chunk.push(...this.#shop.next(Date.now()));
    this.#sent += chunk.length;
    return chunk;
  }

  async #send(chunk: readonly ShopEvent[]): Promise<void> {
    const records = chunk.map((one) => this.#record(one));
    for (;;) {
      try {
        await this.#producer.send(records);
        for (const { event } of chunk) this.#acknowledged.add(event.messageId);
        return;
      } catch {
        for (const { event } of chunk) this.#unknown.add(event.messageId);
        await delay(AGAIN_AFTER_MS);
      }
    }
  }

  #record({ key, event, misplaced }: ShopEvent): OutgoingRecord {
    const right = partitionOf(key, this.#partitions);
    const partition = misplaced ? (right + 1) % this.#partitions : right;
    return { topic: TOPIC, partition, key, value: this.#log.serde.encode(TOPIC, event) };
  }
}

export async function startLoad(log: OpenLog, options: LoadOptions): Promise<Load> {
  const producer = await log.kafka.producer({ afterFailure: 'reopen', sendTimeoutMs: 15_000 });
  const partitions = await log.kafka.partitionCount(TOPIC);
  return new RunningLoad(log, options, { producer, partitions });
}
