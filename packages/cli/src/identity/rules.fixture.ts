import type { CollectedEvent } from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook, type Definition, type TriggerDefinition } from '@kairos/decisions';

export const T0 = Date.UTC(2026, 5, 3, 10);
export const WINDOW_MS = 60_000;
export const GRACE_MS = 5_000;

export const common = { version: '1', description: '', owner: '', status: 'live' } as const;

export const trigger = (
  id: string,
  special: Pick<TriggerDefinition, 'when' | 'oncePer' | 'reentry' | 'send'>,
): TriggerDefinition => ({
  ...common,
  id,
  kind: 'Trigger',
  purpose: 'marketing',
  foundBy: 'rule',
  audience: null,
  cancelOn: [],
  goal: null,
  expiresAfterMs: 24 * 3_600_000,
  holdoutPercent: 0,
  priority: 50,
  audienceRole: 'customer',
  activeFromMs: null,
  activeToMs: null,
  ...special,
});

const definitions: readonly Definition[] = [
  trigger('cart-left', {
    when: {
      type: 'absence',
      events: [{ name: 'Product Added', where: null }],
      butNot: [{ name: 'Order Completed', where: null }],
      withinMs: WINDOW_MS,
      clock: 'restartsOnRepeat',
      atLatestAfterMs: null,
      graceMs: GRACE_MS,
    },
    oncePer: ['properties.cart_id', 'person'],
    reentry: { kind: 'always' },
    send: 'cart-reminder',
  }),
  {
    ...common,
    kind: 'Message',
    id: 'cart-reminder',
    purpose: 'marketing',
    channels: [{ channel: 'onsite', slot: 'bar', html: '<p>Your cart</p>', deliver: 'atLeastOnce' }],
  },
  {
    ...common,
    kind: 'Source',
    id: 'shop',
    sourceKind: 'server',
    assumeConsent: ['onsite'],
    trustBrowserEmail: false,
  },
];

/** A cart that is left for a minute is reminded of, on the site; `extra` adds rules. */
export const cartRules = (extra: readonly Definition[] = []): CompiledPlaybook =>
  compilePlaybook({ version: 'v1', offset: 0, timeScale: 1, definitions: [...definitions, ...extra] });

/** One reminder in a week. */
export const oneAWeek: Definition = {
  ...common,
  kind: 'ContactRule',
  id: 'one-a-week',
  scope: { purpose: 'marketing', channels: [], messages: [] },
  onBreach: 'drop',
  rule: 'cap',
  limit: 1,
  rollingMs: 7 * 86_400_000,
};

/** An event of a trusted source. */
export const collected = (
  fields: Partial<CollectedEvent> & { readonly messageId: string; readonly name: string },
  atMs: number,
): CollectedEvent => ({
  type: 'track',
  anonymousId: null,
  userId: null,
  email: null,
  phone: null,
  occurredAtMs: atMs,
  receivedAtMs: atMs,
  originalTimestampMs: null,
  sentAtMs: null,
  properties: '{}',
  traits: '{}',
  context: '{}',
  source: 'shop',
  sourceKind: 'server',
  backfill: false,
  candidateId: null,
  flags: [],
  rehomed: false,
  link: null,
  origin: null,
  ...fields,
});
