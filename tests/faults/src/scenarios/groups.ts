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

/** Of a service or of one of its instances. */
export const workOf = (instance: string): Work => {
  const found = works.find(({ service }) => service === instance.split('#')[0]);
  if (found === undefined) throw new Error(`${instance} has no part in the walk`);
  return found;
};

export interface Standing {
  /** Committed offsets, added up over the partitions. */
  readonly committed: number;
  readonly lag: number;
}

export async function standingOf(kafka: KafkaPort, { groupId, topic }: Read): Promise<Standing> {
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

/** A group and the topic that it reads. */
type Read = Pick<Work, 'groupId' | 'topic'>;

/** Whether the group stands at these ends, or further, in each partition. */
export async function hasReadTo(
  kafka: KafkaPort,
  { groupId, topic }: Read,
  ends: ReadonlyMap<number, { readonly end: number }>,
): Promise<boolean> {
  const committed = await kafka.groupOffsets(groupId, topic);
  return [...ends].every(([partition, { end }]) => (committed.get(partition) ?? 0) >= end);
}

/** Who reads beside the walk: what it sends out, and what it counts. */
const beside: readonly (Read & { readonly service: string })[] = [
  { service: 'channel-dispatchers', groupId: 'channel-dispatchers', topic: 'messages.chosen' },
  { service: 'metrics', groupId: 'metrics', topic: 'events.enriched' },
  { service: 'metrics', groupId: 'metrics', topic: 'triggers.detected' },
  { service: 'metrics', groupId: 'metrics', topic: 'messages.decided' },
];

/** The readers beside the walk among these services. */
export const readersBehind = (services: readonly string[]): readonly Read[] =>
  beside.filter(({ service }) => services.includes(service));

/** Time ticks on each second: what came since the last commit is no backlog. */
const SOME_TICKS = 200;

/** Whether all that the services read has been read. */
export async function isCaughtUp(kafka: KafkaPort, services: readonly string[]): Promise<boolean> {
  for (const read of [...works, ...beside].filter(({ service }) => services.includes(service))) {
    if ((await standingOf(kafka, read)).lag > SOME_TICKS) return false;
  }
  return true;
}
