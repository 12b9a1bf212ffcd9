import type { Logger } from '../logger.ts';
import type { AssignedPartition, KafkaPort } from '../ports.ts';

export interface StartAsked {
  readonly groupId: string;
  readonly fromBeginning: boolean;
  readonly logger: Logger;
  readonly offsets: KafkaPort['offsets'];
  readonly groupOffsets: KafkaPort['groupOffsets'];
}

/** Turns a handler's answers into offsets by `topic/partition`, and refuses one that the log cannot have. */
export const startOffsets = async (
  assigned: readonly AssignedPartition[],
  answers: ReadonlyMap<string, number | 'committed' | 'earliest'>,
  asked: StartAsked,
): Promise<Map<string, number>> => {
  const starts = new Map<string, number>();
  for (const topic of new Set(assigned.map((one) => one.topic))) {
    const mine = assigned.filter((one) => one.topic === topic);
    const isAnswered = mine.every(
      ({ partition }) => (answers.get(`${topic}/${partition}`) ?? 'committed') !== 'committed',
    );
    const [ends, committed] = await Promise.all([
      asked.offsets(topic),
      // Who goes on from its own state need not wait for what the group knows.
      isAnswered ? new Map<number, number>() : asked.groupOffsets(asked.groupId, topic),
    ]);
    for (const { partition } of mine) {
      const name = `${topic}/${partition}`;
      const { start, end } = ends.get(partition) ?? { start: 0, end: 0 };
      const answer = answers.get(name) ?? 'committed';
      const unset = asked.fromBeginning ? start : end;
      const wanted =
        answer === 'earliest' ? start : answer === 'committed' ? (committed.get(partition) ?? unset) : answer;
      if (wanted > end) {
        throw new Error(
          `${name} ends at ${end}, and ${wanted} was to be read next: the topic is not the one that was read before`,
        );
      }
      if (wanted < start) {
        asked.logger.error(
          { topic, partition, wanted, start },
          'records were deleted before they were read: going on from the first one that is left',
        );
      }
      starts.set(name, Math.max(wanted, start));
    }
  }
  return starts;
};
