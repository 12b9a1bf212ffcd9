import { type Landed, type OutgoingRecord, partitionOf, type RecordProducer } from '@kairos/stream-kit';
import type { Random } from '../random.ts';
import type { Cluster, Log } from './cluster.ts';

/** A `send` whose records lie in several queues. */
interface Ticket {
  left: number;
  readonly landed: Landed[];
  resolve(landed: readonly Landed[]): void;
  reject(error: Error): void;
}

interface Waiting {
  readonly record: OutgoingRecord;
  readonly ticket: Ticket;
  readonly at: number;
}

/** The broker's answer never came: nobody knows what is on the log. */
export class AnswerLost extends Error {
  constructor() {
    super('the answer of the broker was lost');
    this.name = 'AnswerLost';
  }
}

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/**
 * One connection that writes. Records of a partition land in order, partitions land in any order, and the schedule
 * decides how many land at a time: a crash may come between any two appends.
 */
export class SimProducer implements RecordProducer {
  readonly #cluster: Cluster;
  /** How often only a part of a queue lands at once. */
  readonly #pieces: number;
  readonly #queues = new Map<Log, Waiting[]>();
  #dead = false;
  #broken: Error | undefined;
  pendingBytes = 0;

  constructor(cluster: Cluster, pieces: number) {
    this.#cluster = cluster;
    this.#pieces = pieces;
  }

  send(records: readonly OutgoingRecord[]): Promise<readonly Landed[]> {
    if (this.#dead) return never();
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (records.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const ticket: Ticket = { left: records.length, landed: [], resolve, reject };
      for (const [at, record] of records.entries()) {
        const log = this.#target(record);
        const queue = this.#queues.get(log) ?? [];
        this.#queues.set(log, queue);
        queue.push({ record, ticket, at });
      }
    });
  }

  async close(): Promise<void> {
    // Whoever closes has waited for his answers.
  }

  get isWaiting(): boolean {
    return this.#queues.size > 0;
  }

  /** Appends a part of what waits for one partition. Answers false when the broker takes nothing there now. */
  step(random: Random, isStalled: (log: Log) => boolean): boolean {
    const open = [...this.#queues.keys()].filter((log) => !isStalled(log));
    const log = random.pick(open);
    if (log === undefined) return false;
    const queue = this.#queues.get(log) ?? [];
    this.#append(log, random.chance(this.#pieces) ? random.int(1, queue.length) : queue.length);
    return true;
  }

  /** Everything lands, as on a good day. */
  flush(): boolean {
    const isWaiting = this.isWaiting;
    for (const [log, queue] of [...this.#queues]) this.#append(log, queue.length);
    return isWaiting;
  }

  /** The process is gone; what it had sent may still land, without anyone there to hear of it. */
  die(): void {
    this.#dead = true;
  }

  /** The connection broke: what lay in the broker's hands may have landed or not. */
  breakOff(): void {
    this.#broken = new AnswerLost();
    const tickets = new Set([...this.#queues.values()].flat().map(({ ticket }) => ticket));
    this.#queues.clear();
    for (const ticket of tickets) ticket.reject(this.#broken);
  }

  forget(): void {
    this.#queues.clear();
  }

  #append(log: Log, count: number): void {
    const queue = this.#queues.get(log) ?? [];
    const taken = queue.splice(0, count);
    if (queue.length === 0) this.#queues.delete(log);
    const written = this.#cluster.append(
      log,
      taken.map(({ record }) => record),
    );
    for (const [index, { ticket, at }] of taken.entries()) {
      const { topic, partition } = log;
      ticket.landed[at] = {
        topic,
        partition,
        offset: written[index]?.offset ?? -1,
        logTimeMs: written[index]?.logTimeMs ?? -1,
      };
      ticket.left -= 1;
      if (ticket.left === 0 && !this.#dead) ticket.resolve(ticket.landed);
    }
  }

  #target({ topic, partition, key }: OutgoingRecord): Log {
    const count = this.#cluster.logs(topic).length;
    return this.#cluster.log(topic, partition ?? (key === null ? 0 : partitionOf(key, count)));
  }
}
