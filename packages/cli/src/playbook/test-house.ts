import { factsOf } from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook } from '@kairos/decisions';
import type { OpenTestHouse } from '@kairos/playbook';
import { createMemoryRunner, type MemoryRunner } from '@kairos/stream-kit';
import { instantChannel } from './instant-channel.ts';
import { decidingStages, identifyStages } from './stages.ts';

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
    enriched: () => runner.records('events.enriched').map(({ value }) => value),
    detected: () => runner.records('triggers.detected').flatMap(({ value }) => factsOf(value)),
    decided: () => runner.records('messages.decided').map(({ value }) => value),
    chosen: () =>
      runner.records('messages.chosen').flatMap(({ value }) => (value.message === null ? [] : [value.message])),
  };
};
