import { DEFAULT_PARTITIONS, deadLettersOf, type Topic, topics } from '@kairos/contracts';
import type { KafkaPort, TopicToCreate } from '../ports.ts';

const DEAD_LETTERS_KEPT_MS = 30 * 86_400_000;

// Compaction runs on closed segments only: a changelog must not wait a week for its segment to close.
const compacted = {
  'cleanup.policy': 'compact',
  'segment.ms': String(10 * 60_000),
  'min.cleanable.dirty.ratio': '0.2',
  'delete.retention.ms': String(60 * 60_000),
};

// Retention counts by log time; the event's own time lives in the value. With CreateTime a broker deletes an import of
// last year's events while it is being read.
const toCreate = (topic: Topic, walkPartitions: number): TopicToCreate => ({
  name: topic.name,
  partitions: topic.partitions === 'single' ? 1 : walkPartitions,
  config: {
    'message.timestamp.type': 'LogAppendTime',
    ...(topic.cleanup === 'compact'
      ? compacted
      : { 'cleanup.policy': 'delete', 'retention.ms': String(topic.retentionMs ?? -1) }),
  },
});

const deadLetters = (of: TopicToCreate): TopicToCreate => ({
  name: deadLettersOf(of.name as Topic['name']),
  partitions: of.partitions,
  config: {
    'message.timestamp.type': 'LogAppendTime',
    'cleanup.policy': 'delete',
    'retention.ms': String(DEAD_LETTERS_KEPT_MS),
  },
});

/** Every topic of the topic table with its dead letters, as it must be created. A changelog has no dead letters. */
export const walkTopics = (partitions: number = DEFAULT_PARTITIONS): readonly TopicToCreate[] =>
  Object.values(topics).flatMap((topic) => {
    const own = toCreate(topic, partitions);
    return topic.name.endsWith('.changelog') ? [own] : [own, deadLetters(own)];
  });

/** Creates what is missing of the walk's topics; never alters one that is there. */
export const createWalkTopics = (
  port: Pick<KafkaPort, 'createTopics'>,
  options: { readonly partitions?: number } = {},
): Promise<void> => port.createTopics(walkTopics(options.partitions));
