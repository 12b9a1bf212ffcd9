import { startNow } from '../start-now.ts';
import type { TriggerType } from '../trigger-type.ts';
import { segmentSpec } from './spec.ts';

/** The enricher said that the person entered or left. Nothing is remembered but the firing, and nothing ever waits. */
export const segmentTrigger: TriggerType = {
  spec: segmentSpec,
  start(state, moment) {
    const { when } = moment.trigger;
    if (when.type !== 'segment') return { state, facts: [] };
    return startNow(state, moment, { more: { segment: when.segment, change: when.change } });
  },
  cancel: (state) => state,
  cancelWindowMs: ({ definition }) => definition.expiresAfterMs,
  dueAtMs: () => undefined,
  dueItems: () => [],
  fire: (state) => ({ state, facts: [] }),
  drop: (state) => ({ state, armedBy: '' }),
};
