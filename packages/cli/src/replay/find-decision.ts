import type { MessageDecided } from '@kairos/contracts';
import { type IncomingRecord, partitionOf } from '@kairos/stream-kit';
import type { OpenLog } from '../house/log.ts';

async function readPartitions(
  { kafka }: OpenLog,
  partitions: readonly number[],
  onRecord: (record: IncomingRecord) => void | Promise<void>,
): Promise<void> {
  const reader = await kafka.read({
    topic: 'messages.decided',
    partitions,
    onRecords: async (records) => {
      for (const record of records) await onRecord(record);
    },
  });
  await reader.done;
}

/** Looks through all decisions for one; null when it is not on the log (any more). */
export async function findDecision(log: OpenLog, decisionId: string): Promise<MessageDecided | null> {
  const count = await log.kafka.partitionCount('messages.decided');
  let found: MessageDecided | null = null;
  await readPartitions(
    log,
    Array.from({ length: count }, (_none, partition) => partition),
    async (record) => {
      // Texts stand in Avro as they are: what does not hold the id need not be decoded.
      if (found !== null || record.value === null || !record.value.includes(decisionId)) return;
      const decision = await log.serde.decode('messages.decided', record.value);
      if (decision.decisionId === decisionId && decision.handOver === null) found = decision;
    },
  );
  return found;
}

/** When something was first decided for a person, as far as the log tells; UTC ms. */
export async function firstDecidedAtMs(log: OpenLog, personId: string): Promise<number | null> {
  const count = await log.kafka.partitionCount('messages.decided');
  let first: number | null = null;
  await readPartitions(log, [partitionOf(personId, count)], async (record) => {
    if (record.value === null || record.key?.toString('utf8') !== personId) return;
    const { decidedAtMs, handOver } = await log.serde.decode('messages.decided', record.value);
    if (handOver === null) first = Math.min(first ?? decidedAtMs, decidedAtMs);
  });
  return first;
}
