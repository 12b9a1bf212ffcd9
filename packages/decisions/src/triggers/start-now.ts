import type { JsonObject } from '../profiles/json.ts';
import { saidOf } from './evidence.ts';
import { eventNotStarted, fireNow } from './facts.ts';
import { startFault } from './start-gates.ts';
import type { TriggerState } from './state.ts';
import type { EventMoment, TypeStep } from './trigger-type.ts';

/** What the event completed. */
export interface Completed {
  /** The events of the pattern in order; the event alone unless given. */
  readonly events?: readonly { readonly messageId: string; readonly atMs: number }[];
  /** What the type has to say in the evidence. */
  readonly more?: JsonObject;
}

/** An event completes a pattern: the trigger fires at once, or it is recorded why not. */
export function startNow(state: TriggerState, moment: EventMoment, { events = [], more }: Completed = {}): TypeStep {
  const { trigger, event, scope } = moment;
  const isInAudience = () => trigger.audience === null || trigger.audience.evaluate(scope);
  const fault = startFault(state, moment) ?? (isInAudience() ? null : 'NOT_IN_AUDIENCE');
  if (fault !== null) return { state, facts: [eventNotStarted(moment, fault)] };
  const firstAtMs = events[0]?.atMs ?? event.occurredAtMs;
  const lastAtMs = events.at(-1)?.atMs ?? event.occurredAtMs;
  const ids = events.length === 0 ? [event.messageId] : events.map(({ messageId }) => messageId);
  const evidence = { said: saidOf(event), firstAtMs, lastAtMs, count: ids.length };
  return fireNow(state, {
    ...moment,
    personId: event.personId,
    armedBy: ids[0] ?? event.messageId,
    causes: ids,
    dueAtMs: null,
    firedAtMs: event.loggedAtMs,
    causedAtMs: event.receivedAtMs,
    evidence: more === undefined ? evidence : { ...evidence, more },
    // What ends the pattern from its first event on would have kept it from being complete.
    armedAtMs: firstAtMs,
    profileText: event.profile,
    // The proposal belongs to the trace of the event that is being processed.
    traceparent: null,
  });
}
