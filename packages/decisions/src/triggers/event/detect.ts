import { eventNotStarted, evidenceOf, fireNow } from '../facts.ts';
import { startFault } from '../start-gates.ts';
import type { TriggerState } from '../state.ts';
import type { EventMoment, TriggerType, TypeStep } from '../trigger-type.ts';
import { eventSpec } from './spec.ts';

function start(state: TriggerState, moment: EventMoment): TypeStep {
  const { trigger, event, scope } = moment;
  const isInAudience = () => trigger.audience === null || trigger.audience.evaluate(scope);
  const fault = startFault(state, moment) ?? (isInAudience() ? null : 'NOT_IN_AUDIENCE');
  if (fault !== null) return { state, facts: [eventNotStarted(moment, fault)] };
  return fireNow(state, {
    ...moment,
    personId: event.personId,
    armedBy: event.messageId,
    causes: [event.messageId],
    dueAtMs: null,
    firedAtMs: event.loggedAtMs,
    causedAtMs: event.receivedAtMs,
    evidence: evidenceOf(moment),
    profileText: event.profile,
    // The proposal belongs to the trace of the event that is being processed.
    traceparent: null,
  });
}

/** One event matches. Nothing ever waits, so nothing is ever due. */
export const eventTrigger: TriggerType = {
  spec: eventSpec,
  start,
  cancel: (state) => state,
  cancelWindowMs: ({ definition }) => definition.expiresAfterMs,
  dueAtMs: () => undefined,
  dueItems: () => [],
  fire: (state) => ({ state, facts: [] }),
  drop: (state) => ({ state, armedBy: '' }),
};
