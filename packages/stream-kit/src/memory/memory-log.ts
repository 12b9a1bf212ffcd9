import { type TopicName, type TopicValues, topics } from '@kairos/contracts';
import type { Serde } from '../ports.ts';

/** A record on a log in memory. */
export interface MemoryRecord<V = unknown> {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
  readonly logTimeMs: number;
  readonly key: string;
  readonly value: V;
  readonly traceparent?: string;
  /** A dead letter that was put back. */
  readonly replayed?: boolean;
}

/** Logs per topic and partition, in memory. Values pass through Avro, so that a test sees what a real consumer would. */
export class MemoryLogs {
  readonly #logs = new Map<string, MemoryRecord[]>();
  readonly #serde: Serde;
  readonly #walkPartitions: number;

  constructor(serde: Serde, walkPartitions: number) {
    this.#serde = serde;
    this.#walkPartitions = walkPartitions;
  }

  partitionCount(topic: TopicName): number {
    return topics[topic].partitions === 'single' ? 1 : this.#walkPartitions;
  }

  partition(topic: TopicName, partition: number): readonly MemoryRecord[] {
    return this.#log(topic, partition);
  }

  append(record: Omit<MemoryRecord<object>, 'offset'> & { readonly offset?: number }): void {
    const log = this.#log(record.topic, record.partition);
    const last = log[log.length - 1];
    const offset = record.offset ?? (last === undefined ? 0 : last.offset + 1);
    if (last !== undefined && offset <= last.offset) {
      throw new Error(`offset ${offset} of ${record.topic}/${record.partition} does not follow ${last.offset}`);
    }
    log.push({ ...record, offset, value: this.#throughAvro(record.topic, record.value) });
  }

  /** All records of a topic: by partition, then offset. */
  records<T extends TopicName>(topic: T): readonly MemoryRecord<TopicValues[T]>[] {
    const all: MemoryRecord[] = [];
    for (let partition = 0; partition < this.partitionCount(topic); partition += 1)
      all.push(...this.#log(topic, partition));
    return all as MemoryRecord<TopicValues[T]>[];
  }

  #throughAvro(topic: TopicName, value: object): unknown {
    const decoded = this.#serde.decode(topic, this.#serde.encode(topic, value as TopicValues[typeof topic]));
    if (decoded instanceof Promise) throw new Error('the serde of a memory runner answers at once');
    return decoded;
  }

  #log(topic: TopicName, partition: number): MemoryRecord[] {
    const name = `${topic}/${partition}`;
    const known = this.#logs.get(name);
    if (known !== undefined) return known;
    const log: MemoryRecord[] = [];
    this.#logs.set(name, log);
    return log;
  }
}
