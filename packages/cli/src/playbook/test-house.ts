import type { ChosenRecord, MessageReported } from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook, hashId } from '@kairos/decisions';
import type { OpenTestHouse } from '@kairos/playbook';
import { createMemoryRunner, type MemoryRunner, type MemorySink } from '@kairos/stream-kit';
import { decidingStages, identifyStages } from './stages.ts';

/** A channel that takes over everything at once. */
function instantChannel(now: () => number): MemorySink {
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

/** The real stages in memory, in virtual time: what `kairos playbook test` runs rules in. */
export const openTestHouse: OpenTestHouse = ({ published, startMs }) => {
  const runner: MemoryRunner<CompiledPlaybook> = createMemoryRunner({
    partitions: 1,
    startMs,
    processors: [...identifyStages(1), ...decidingStages],
    sinks: [instantChannel(() => runner.nowMs)],
  });
  runner.publish(published.version, compilePlaybook(published));
  return {
    append: (event) =>
      runner.append('events.collected', event.anonymousId ?? event.userId ?? event.email ?? event.phone ?? '', event),
    advanceTo: (timeMs) => runner.advanceTo(timeMs),
    detected: () => runner.records('triggers.detected').map(({ value }) => value),
    decided: () => runner.records('messages.decided').map(({ value }) => value),
    chosen: () =>
      runner.records('messages.chosen').flatMap(({ value }) => (value.message === null ? [] : [value.message])),
  };
};
