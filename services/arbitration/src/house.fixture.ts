import { type Contact, type Proposal, type ProposedRecord, proposedRecord } from '@kairos/contracts';
import {
  type CompanyDefinition,
  type CompiledPlaybook,
  type ContactRuleDefinition,
  compilePlaybook,
  type Definition,
  type MessageDefinition,
  type TriggerDefinition,
} from '@kairos/decisions';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** A Wednesday noon in Berlin. */
export const NOON_MS = Date.parse('2026-07-01T10:00:00Z');

const common = (id: string) => ({ id, version: `${id}-v1`, description: '', owner: '', status: 'live' as const });

const company: CompanyDefinition = {
  ...common('company'),
  kind: 'Company',
  name: 'Shop',
  zone: 'Europe/Berlin',
  currency: 'EUR',
  liveHorizonMs: DAY_MS,
  collectForMs: { marketing: 1000, service: 0 },
  quietHours: [],
  globalHoldoutPercent: 0,
  salt: 'salt',
};

const trigger = (id: string, priority: number): TriggerDefinition => ({
  ...common(id),
  kind: 'Trigger',
  purpose: 'marketing',
  foundBy: 'rule',
  when: { type: 'event', events: [{ name: 'Seen', where: null }] },
  audience: null,
  oncePer: ['person'],
  reentry: { kind: 'always' },
  cancelOn: [],
  goal: null,
  expiresAfterMs: 6 * HOUR_MS,
  holdoutPercent: 0,
  priority,
  audienceRole: 'customer',
  activeFromMs: null,
  activeToMs: null,
  send: 'hello',
});

const hello: MessageDefinition = {
  ...common('hello'),
  kind: 'Message',
  purpose: 'marketing',
  channels: [{ channel: 'email', subject: 'Hi', html: '<p>Hi</p>', deliver: 'atMostOnce' }],
};

const priorities: Readonly<Record<string, number>> = { low: 20, mid: 50, high: 90 };
const triggers = Object.entries(priorities).map(([id, priority]) => trigger(id, priority));

const ruleFor = (id: string) => ({
  ...common(id),
  kind: 'ContactRule' as const,
  scope: { purpose: 'marketing' as const, channels: [], messages: [] },
  onBreach: 'defer' as const,
});

export const cap = (id: string, limit: number): ContactRuleDefinition => ({
  ...ruleFor(id),
  rule: 'cap',
  limit,
  rollingMs: 7 * DAY_MS,
});

export const cooldown = (id: string, cooldownMs: number): ContactRuleDefinition => ({
  ...ruleFor(id),
  rule: 'cooldown',
  cooldownMs,
});

/** The triggers `low` (20), `mid` (50) and `high` (90), the message `hello` by e-mail, and these rules. */
export const definitionsWith = (...rules: readonly ContactRuleDefinition[]): readonly Definition[] => [
  company,
  ...triggers,
  hello,
  ...rules,
];

export const playbookWith = (...rules: readonly ContactRuleDefinition[]): CompiledPlaybook =>
  compilePlaybook({ version: 'v1', offset: 7, timeScale: 1, definitions: definitionsWith(...rules) });

const consented: Contact = {
  email: 'ada@example.com',
  phone: null,
  userId: '42',
  anonymousId: null,
  zone: 'Europe/Berlin',
  zoneFrom: 'profile',
  locale: null,
  consent: [{ channel: 'email', purpose: 'marketing', state: 'granted', sinceMs: 0, origin: 'Consent Given' }],
  preferences: null,
};

export const noBody: ProposedRecord = proposedRecord({});

type Body = Partial<ProposedRecord>;

/** A person that may be reached by e-mail, unless `over` says otherwise. */
export const reachable = (personId: string, over: Partial<Contact> = {}): Body => ({
  contactEvent: {
    personId,
    name: 'Identified',
    messageId: `contact-of-${personId}`,
    atMs: NOON_MS,
    contact: { ...consented, ...over },
    blocks: [],
    failedBlocks: [],
  },
});

/** The candidate of a trigger; its id is `person/trigger/number`. */
export function candidate(
  personId: string,
  triggerId: string,
  over: Partial<Proposal> & { readonly number?: number } = {},
): Body {
  const { number = 1, ...rest } = over;
  const proposedAtMs = over.proposedAtMs ?? NOON_MS;
  const proposal: Proposal = {
    candidateId: `${personId}/${triggerId}/${number}`,
    personId,
    firingId: `firing-${triggerId}-${number}`,
    triggerId,
    messageId: 'hello',
    instanceKey: '',
    purpose: 'marketing',
    audience: 'customer',
    foundBy: 'rule',
    priority: priorities[triggerId] ?? 50,
    holdoutPercent: 0,
    proposedAtMs,
    expiresAtMs: proposedAtMs + 10 * DAY_MS,
    causedAtMs: proposedAtMs,
    evidence: '{"event":"Seen"}',
    profile: '{"firstName":"Ada"}',
    causes: ['m1'],
    channel: null,
    ...rest,
  };
  return { proposal };
}

export const reported = (personId: string, candidateId: string, fate: string): Body => ({
  feedback: {
    personId,
    kind: 'reported',
    candidateId,
    firingId: '',
    triggerId: '',
    messageId: '',
    channel: 'email',
    fate,
    code: null,
    purpose: 'marketing',
    atMs: NOON_MS,
  },
});

export const time = (timeMs: number): Body => ({ time: { timeMs } });
export const marker: Body = { marker: { playbookOffset: 7, version: 'v1' } };
