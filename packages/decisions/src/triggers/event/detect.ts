import { startNow } from '../start-now.ts';
import type { TriggerType } from '../trigger-type.ts';
import { eventSpec } from './spec.ts';

/** One event matches. Nothing ever waits, so nothing is ever due. */
export const eventTrigger: TriggerType = {
  spec: eventSpec,
  start: (state, moment) => startNow(state, moment),
  cancel: (state) => state,
  cancelWindowMs: ({ definition }) => definition.expiresAfterMs,
  dueAtMs: () => undefined,
  dueItems: () => [],
  fire: (state) => ({ state, facts: [] }),
  drop: (state) => ({ state, armedBy: '' }),
};
