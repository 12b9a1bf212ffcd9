import type { IncomingRecord, KafkaPort, RecordConsumer } from '../ports.ts';

export const until = async (what: string, holds: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> => {
  const deadline = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

let number = 0;
/** A name that no other test uses, also on a broker that outlives the run. */
export const fresh = (what: string): string => {
  number += 1;
  return `test.${what}.${process.pid}.${Date.now().toString(36)}.${number}`;
};

export const topicOn = async (port: KafkaPort, what: string, partitions: number): Promise<string> => {
  const name = fresh(what);
  await port.createTopics([{ name, partitions, config: { 'message.timestamp.type': 'LogAppendTime' } }]);
  return name;
};

export interface Collecting {
  readonly consumer: RecordConsumer;
  readonly records: IncomingRecord[];
  readonly assigned: Set<string>;
  /** How many partitions each assignment had. */
  readonly assignments: number[];
  readonly errors: Error[];
}

/** A member of a group that writes down what it gets. */
export const collect = async (
  port: KafkaPort,
  { groupId, topic }: { readonly groupId: string; readonly topic: string },
  options: {
    readonly start?: (name: string) => number | 'committed' | 'earliest';
    readonly onBatch?: (records: readonly IncomingRecord[]) => Promise<void>;
    readonly concurrency?: number;
    /** Whether what stays through a rebalance is to be given anew. */
    readonly doubts?: () => boolean;
  } = {},
): Promise<Collecting> => {
  const records: IncomingRecord[] = [];
  const assigned = new Set<string>();
  const assignments: number[] = [];
  const errors: Error[] = [];
  const consumer = await port.consumer({
    groupId,
    topics: [topic],
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    handlers: {
      assigned: async (partitions) => {
        const names = partitions.map(({ partition }) => `${topic}/${partition}`);
        assignments.push(names.length);
        for (const name of names) assigned.add(name);
        return new Map(names.map((name) => [name, options.start?.(name) ?? 'committed']));
      },
      kept: async (partitions) => (options.doubts?.() === true ? partitions : []),
      revoked: async (partitions) => {
        for (const { partition } of partitions) assigned.delete(`${topic}/${partition}`);
      },
      batch: async (batch) => {
        await options.onBatch?.(batch);
        records.push(...batch);
      },
      failed: (error) => errors.push(error),
    },
  });
  return { consumer, records, assigned, assignments, errors };
};

export const text = (record: IncomingRecord): string => record.value?.toString('utf8') ?? '';
