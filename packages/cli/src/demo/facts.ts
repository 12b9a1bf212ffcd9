import {
  factsOf,
  type MessageDecided,
  type MessageReported,
  type TopicName,
  type TopicValues,
  type TriggerDetected,
} from '@kairos/contracts';
import type { IncomingRecord } from '@kairos/stream-kit';
import type { OpenLog } from '../house/log.ts';

/** What the log says of the persons of one run, repeats under the same id taken once. */
export interface RunFacts {
  /** messageIds that reached a person's log. */
  readonly identified: ReadonlySet<string>;
  readonly fired: readonly TriggerDetected[];
  readonly notStarted: readonly TriggerDetected[];
  /** What journeys did. */
  readonly journeys: readonly TriggerDetected[];
  /** The last decision of each candidate. */
  readonly finalDecisions: ReadonlyMap<string, MessageDecided>;
  readonly decisions: readonly MessageDecided[];
  /** The last report of each candidate. */
  readonly reports: ReadonlyMap<string, MessageReported>;
}

/** Where every partition of a topic ended at a moment. */
export type Ends = ReadonlyMap<number, number>;

export async function readTopic<T extends TopicName>(
  { kafka, serde }: OpenLog,
  topic: T,
  from: Ends | 'earliest' = 'earliest',
): Promise<{ readonly record: IncomingRecord; readonly value: TopicValues[T] }[]> {
  const partitions = Array.from({ length: await kafka.partitionCount(topic) }, (_, partition) => partition);
  const records: IncomingRecord[] = [];
  const reader = await kafka.read({ topic, partitions, from, onRecords: (batch) => void records.push(...batch) });
  await reader.done;
  const read: { record: IncomingRecord; value: TopicValues[T] }[] = [];
  for (const record of records) {
    if (record.value !== null) read.push({ record, value: await serde.decode(topic, record.value) });
  }
  return read;
}

export async function endsOf({ kafka }: OpenLog, topic: TopicName): Promise<Ends> {
  return new Map([...(await kafka.offsets(topic))].map(([partition, { end }]) => [partition, end]));
}

const factTopics = ['events.identified', 'triggers.detected', 'messages.decided', 'messages.reported'] as const;
export type FactStarts = ReadonlyMap<(typeof factTopics)[number], Ends>;

/** To be taken before a run starts, so that its facts are read from there. */
export async function markStarts(log: OpenLog): Promise<FactStarts> {
  return new Map(await Promise.all(factTopics.map(async (topic) => [topic, await endsOf(log, topic)] as const)));
}

/** Reads what happened to the run's persons since `starts`. */
export async function collectFacts(
  log: OpenLog,
  starts: FactStarts,
  isOurs: (personId: string) => boolean,
): Promise<RunFacts> {
  const since = (topic: (typeof factTopics)[number]): Ends | 'earliest' => starts.get(topic) ?? 'earliest';
  const identified = new Set<string>();
  for (const { value } of await readTopic(log, 'events.identified', since('events.identified'))) {
    if (value.event !== null && isOurs(value.event.personId)) identified.add(value.event.event.messageId);
  }
  const detected = new Map<string, TriggerDetected>();
  for (const { value } of await readTopic(log, 'triggers.detected', since('triggers.detected'))) {
    if (!isOurs(value.personId)) continue;
    for (const one of factsOf(value)) {
      detected.set([one.firingId, one.outcome, one.code, ...one.causes].join('|'), one);
    }
  }
  const decisions = new Map<string, MessageDecided>();
  for (const { value } of await readTopic(log, 'messages.decided', since('messages.decided'))) {
    // What is handed over when a person moves is no decision.
    if (value.handOver === null && isOurs(value.personId)) decisions.set(value.decisionId, value);
  }
  const reports = new Map<string, MessageReported>();
  for (const { value } of await readTopic(log, 'messages.reported', since('messages.reported'))) {
    if (isOurs(value.personId)) reports.set(value.candidateId, value);
  }
  return {
    identified,
    fired: [...detected.values()].filter((one) => one.outcome === 'fired'),
    notStarted: [...detected.values()].filter((one) => one.outcome === 'notStarted'),
    journeys: [...detected.values()].filter((one) => one.journey !== null),
    decisions: [...decisions.values()],
    finalDecisions: finalOf([...decisions.values()]),
    reports,
  };
}

function finalOf(decisions: readonly MessageDecided[]): Map<string, MessageDecided> {
  const final = new Map<string, MessageDecided>();
  for (const decision of decisions) {
    const known = final.get(decision.candidateId);
    if (known === undefined || known.number < decision.number) final.set(decision.candidateId, decision);
  }
  return final;
}
