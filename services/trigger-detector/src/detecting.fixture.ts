import type { EnrichedEvent } from '@kairos/contracts';
import type { TriggerDefinition } from '@kairos/decisions';
import { enrichedEvent } from '@kairos/testing';

export const T0 = Date.UTC(2026, 5, 3, 10);
export const HOUR = 3_600_000;
export const common = { version: '1', description: '', owner: '', status: 'live' } as const;
/** On every order, for everybody, sending nothing, unless said otherwise. */
export const trigger = (id: string, more: Partial<TriggerDefinition>): TriggerDefinition => ({
  ...common,
  kind: 'Trigger',
  id,
  purpose: 'marketing',
  foundBy: 'rule',
  when: { type: 'event', events: [{ name: 'Order Completed', where: null }] },
  audience: null,
  oncePer: ['person'],
  reentry: { kind: 'always' },
  cancelOn: [],
  goal: null,
  expiresAfterMs: HOUR,
  holdoutPercent: 0,
  priority: 50,
  audienceRole: 'customer',
  activeFromMs: null,
  activeToMs: null,
  send: null,
  ...more,
});

/** An order, unless said otherwise. */
export const eventOf = (fields: Partial<EnrichedEvent>): EnrichedEvent =>
  enrichedEvent({
    personId: 'user:ada',
    name: 'Order Completed',
    occurredAtMs: T0,
    receivedAtMs: T0,
    loggedAtMs: T0,
    ...fields,
  });
