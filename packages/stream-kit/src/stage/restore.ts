import type { ChangelogPart, TopicName } from '@kairos/contracts';
import type { KafkaPort, Serde } from '../ports.ts';
import { ChangelogView, type Restored } from './changelog-view.ts';

/** Reads the changelog of several partitions in one go and says what each of them holds. */
export const readChangelog = async (
  around: { readonly kafka: KafkaPort; readonly serde: Serde },
  topic: TopicName,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, Restored>> => {
  const views = new Map(partitions.map((partition) => [partition, new ChangelogView()]));
  const reader = await around.kafka.read({
    topic,
    partitions,
    onRecords: async (records) => {
      for (const { partition, key, value } of records) {
        const view = views.get(partition);
        if (view === undefined || key === null) continue;
        const part = value === null ? null : ((await around.serde.decode(topic, value)) as ChangelogPart);
        view.add(key.toString('utf8'), part, value?.length ?? 0);
      }
    },
  });
  await reader.done;
  return new Map([...views].map(([partition, view]) => [partition, view.restore()]));
};
