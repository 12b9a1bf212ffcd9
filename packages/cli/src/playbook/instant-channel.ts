import type { ChosenRecord, MessageReported } from '@kairos/contracts';
import { hashId } from '@kairos/decisions';
import type { MemorySink } from '@kairos/stream-kit';

/** A channel that takes over everything at once. */
export function instantChannel(now: () => number): MemorySink {
  return {
    name: 'instant-channel',
    input: 'messages.chosen',
    handle(record) {
      const { message } = record.value as ChosenRecord;
      if (message === null) return [];
      const { candidateId, personId, firingId, triggerId, messageId, channel, purpose, causedAtMs, chosenAtMs } =
        message;
      const report: MessageReported = {
        reportId: hashId('report', candidateId, '1', 'accepted'),
        candidateId,
        personId,
        firingId,
        triggerId,
        messageId,
        channel,
        purpose,
        outcome: 'accepted',
        code: null,
        attempt: 1,
        providerId: null,
        reportedAtMs: now(),
        causedAtMs,
        chosenAtMs,
      };
      return [{ topic: 'messages.reported', key: personId, value: report, to: 'same' }];
    },
  };
}
