import type { TopicName } from '@kairos/contracts';
import type { KafkaPort } from '@kairos/stream-kit';

/** What a service's work is seen by: the group with which it reads its part of the walk. */
export interface Work {
  readonly service: 'profile-enricher' | 'trigger-detector' | 'arbitration';
  /** Its name in the service's metrics. */
  readonly task: string;
  readonly groupId: string;
  readonly topic: TopicName;
}

export const works: readonly Work[] = [
  { service: 'profile-enricher', task: 'enrich', groupId: 'profile-enricher.enrich', topic: 'events.identified' },
  { service: 'trigger-detector', task: 'detect', groupId: 'trigger-detector.detect', topic: 'events.enriched' },
  { service: 'arbitration', task: 'arbitration', groupId: 'arbitration', topic: 'messages.proposed' },
];

export const workOf = (service: string): Work => {
  const found = works.find((work) => work.service === service);
  if (found === undefined) throw new Error(`${service} has no part in the walk`);
  return found;
};

export interface Standing {
  /** Committed offsets, added up over the partitions. */
  readonly committed: number;
  readonly lag: number;
}

export async function standingOf(
  kafka: KafkaPort,
  { groupId, topic }: Pick<Work, 'groupId' | 'topic'>,
): Promise<Standing> {
  const [committed, ends] = await Promise.all([kafka.groupOffsets(groupId, topic), kafka.offsets(topic)]);
  let sum = 0;
  let lag = 0;
  for (const [partition, { end }] of ends) {
    const at = committed.get(partition) ?? 0;
    sum += at;
    lag += Math.max(0, end - at);
  }
  return { committed: sum, lag };
}

/** Whether all that the services read has been read. A service beside the walk is looked at by the group of its own. */
export async function isCaughtUp(kafka: KafkaPort, services: readonly string[]): Promise<boolean> {
  for (const work of works.filter(({ service }) => services.includes(service))) {
    // Time ticks on each second: what came since the last commit is no backlog.
    if ((await standingOf(kafka, work)).lag > SOME_TICKS) return false;
  }
  return true;
}

const SOME_TICKS = 200;
