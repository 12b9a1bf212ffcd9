import { type Contact, type Proposal, type ProposedRecord, proposedRecord } from '@kairos/contracts';
import { compilePlaybook } from '../compile-playbook.ts';
import type { CompiledPlaybook } from '../compile-types.ts';
import type {
  Channel,
  ChannelContent,
  CompanyDefinition,
  ContactRuleDefinition,
  Definition,
  MessageDefinition,
  OnBreach,
  QuietHours,
  Scope,
  TriggerDefinition,
} from '../definitions.ts';
import type { ArbitrationContext, ArbitrationOutput, PersonContactState } from './state.ts';
import { dueAtMs } from './state.ts';
import { applyProposed, decideDue } from './step.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** A Wednesday noon in Berlin. */
export const NOON_MS = Date.parse('2026-07-01T10:00:00Z');
export const PERSON = 'user:42';

const common = (id: string) => ({ id, version: `${id}-v1`, description: '', owner: '', status: 'live' as const });

export const company = (over: Partial<CompanyDefinition> = {}): CompanyDefinition => ({
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
  ...over,
});

export const nights = (over: Partial<QuietHours> = {}): QuietHours => ({
  purpose: 'marketing',
  from: '21:00',
  to: '08:00',
  channels: [],
  onBreach: 'defer',
  ...over,
});

export const trigger = (id: string, over: Partial<TriggerDefinition> = {}): TriggerDefinition => ({
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
  priority: 50,
  audienceRole: 'customer',
  activeFromMs: null,
  activeToMs: null,
  send: 'hello',
  ...over,
});

const contents: Readonly<Record<Channel, ChannelContent>> = {
  email: { channel: 'email', subject: 'Hi', html: '<p>Hi</p>', deliver: 'atMostOnce' },
  sms: { channel: 'sms', text: 'Hello', deliver: 'atMostOnce' },
  onsite: { channel: 'onsite', slot: 'bar', html: '<p>Hi</p>', deliver: 'atLeastOnce' },
  webhook: { channel: 'webhook', url: 'https://example.com/hook', body: '{}', deliver: 'atLeastOnce' },
  task: { channel: 'task', title: 'Call', action: 'Call', why: 'Wants to', avoid: 'Price', deliver: 'atLeastOnce' },
};

export const message = (
  id: string,
  channels: readonly Channel[] = ['email'],
  over: Partial<MessageDefinition> = {},
): MessageDefinition => ({
  ...common(id),
  kind: 'Message',
  purpose: 'marketing',
  channels: channels.map((channel) => contents[channel]),
  ...over,
});

type RuleOver = { readonly scope?: Partial<Scope>; readonly onBreach?: OnBreach };
const rule = (id: string, { scope, onBreach = 'defer' }: RuleOver) => ({
  ...common(id),
  kind: 'ContactRule' as const,
  scope: { purpose: 'marketing' as const, channels: [], messages: [], ...scope },
  onBreach,
});
export const cap = (
  id: string,
  limit: number,
  over: RuleOver & { rollingMs?: number } = {},
): ContactRuleDefinition => ({
  ...rule(id, over),
  rule: 'cap',
  limit,
  rollingMs: over.rollingMs ?? 7 * DAY_MS,
});
export const cooldown = (id: string, cooldownMs: number, over: RuleOver = {}): ContactRuleDefinition => ({
  ...rule(id, over),
  rule: 'cooldown',
  cooldownMs,
});
export const block = (id: string, event: string, over: RuleOver & { forMs: number }): ContactRuleDefinition => ({
  ...rule(id, over),
  rule: 'block',
  afterEvents: [{ name: event, where: null }],
  forMs: over.forMs,
});

/** A playbook with the triggers `low` (20), `mid` (50), `high` (90), the message `hello`, and what is given. */
export function playbook(extra: readonly Definition[] = []): CompiledPlaybook {
  const basics = [
    company(),
    trigger('low', { priority: 20 }),
    trigger('mid'),
    trigger('high', { priority: 90 }),
    message('hello'),
  ];
  const given = new Set(extra.map((one) => `${one.kind}/${one.id}`));
  return compilePlaybook({
    version: 'v1',
    offset: 7,
    timeScale: 1,
    definitions: [...basics.filter((one) => !given.has(`${one.kind}/${one.id}`)), ...extra],
  });
}

export const contact = (over: Partial<Contact> = {}): Contact => ({
  email: 'ada@example.com',
  phone: null,
  userId: '42',
  anonymousId: null,
  zone: 'Europe/Berlin',
  zoneFrom: 'profile',
  locale: null,
  preferences: null,
  consent: (['email', 'onsite'] as const).map((channel) => ({
    channel,
    purpose: 'marketing',
    state: 'granted',
    sinceMs: 0,
    origin: 'Consent Given',
  })),
  ...over,
});

const none: ProposedRecord = proposedRecord({});

const priorities: Readonly<Record<string, number>> = { low: 20, mid: 50, high: 90 };

export function proposal(triggerId: string, over: Partial<Proposal> = {}): Proposal {
  const proposedAtMs = over.proposedAtMs ?? NOON_MS;
  return {
    candidateId: `${triggerId}-1`,
    personId: PERSON,
    firingId: `firing-${triggerId}`,
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
    ...over,
  };
}

export const proposed = (triggerId: string, over: Partial<Proposal> = {}): ProposedRecord => ({
  ...none,
  proposal: proposal(triggerId, over),
});
export const withdrawn = (candidateId: string, atMs: number, code = 'GOAL_REACHED'): ProposedRecord => ({
  ...none,
  withdrawal: { candidateId, personId: PERSON, code, causeMessageId: 'm9', atMs },
});
export const reached = (over: Partial<Contact> = {}): ProposedRecord => ({
  ...none,
  contactEvent: {
    personId: PERSON,
    name: 'Identified',
    messageId: 'c1',
    atMs: NOON_MS,
    contact: contact(over),
    blocks: [],
    failedBlocks: [],
  },
});
export const happened = (name: string, atMs: number, blocks: readonly string[] = []): ProposedRecord => ({
  ...none,
  contactEvent: { personId: PERSON, name, messageId: `${name}-${atMs}`, atMs, contact: null, blocks, failedBlocks: [] },
});
/** An event on which the condition of blocking rules could not be evaluated. */
export const unjudged = (name: string, atMs: number, failedBlocks: readonly string[]): ProposedRecord => ({
  ...none,
  contactEvent: { personId: PERSON, name, messageId: `${name}-${atMs}`, atMs, contact: null, blocks: [], failedBlocks },
});
export const reported = (candidateId: string, fate: string, atMs = NOON_MS): ProposedRecord => ({
  ...none,
  feedback: {
    personId: PERSON,
    kind: 'reported',
    candidateId,
    firingId: '',
    triggerId: '',
    messageId: '',
    channel: 'email',
    fate,
    code: null,
    purpose: 'marketing',
    atMs,
  },
});

/** What an output says, short: `high chosen email`, `low deferred OUTRANKED`, `take back high-1`. */
export interface Told {
  readonly text: string;
  readonly numbers: Readonly<Record<string, unknown>>;
  readonly output: ArbitrationOutput;
}

/** One person's contact state under virtual time. */
export class Life {
  state: PersonContactState | undefined;
  timeMs = NOON_MS;
  book: CompiledPlaybook;
  readonly told: Told[] = [];

  constructor(book: CompiledPlaybook, start: readonly ProposedRecord[] = [reached()]) {
    this.book = book;
    for (const record of start) this.meet(record);
  }

  get context(): ArbitrationContext {
    const { version, offset } = this.book;
    return { timeMs: this.timeMs, playbook: this.book, playbookVersion: version, playbookOffset: offset };
  }

  meet(...records: readonly ProposedRecord[]): Told[] {
    return records.flatMap((record) => this.#keep(applyProposed(this.state, record, this.context)));
  }

  /** Moves the watermark; what is due is decided, as a task does it. */
  tick(timeMs: number): Told[] {
    this.timeMs = timeMs;
    const { state } = this;
    if (state === undefined || (dueAtMs(state) ?? Number.POSITIVE_INFINITY) > timeMs) return [];
    return this.#keep(decideDue(state, this.context));
  }

  #keep({ state, outputs }: ReturnType<typeof applyProposed>): Told[] {
    this.state = state;
    const told = outputs.map(tell);
    this.told.push(...told);
    return told;
  }
}

/** Texts of decisions only. */
export const fates = (told: readonly Told[]): string[] =>
  told.filter(({ output }) => output.topic === 'messages.decided').map(({ text }) => text);

/** Numbers of the decision about a trigger's candidate. */
export const numbersOf = (told: readonly Told[], triggerId: string): Readonly<Record<string, unknown>> =>
  told.find(({ output }) => output.topic === 'messages.decided' && output.value.triggerId === triggerId)?.numbers ?? {};

function tell(output: ArbitrationOutput): Told {
  if (output.topic === 'messages.chosen') {
    const { message: sent, withdrawal } = output.value;
    const text = sent === null ? `take back ${withdrawal?.candidateId}` : `send ${sent.triggerId} by ${sent.channel}`;
    return { text, numbers: {}, output };
  }
  const { triggerId, fate, code, channel, numbers } = output.value;
  const text = [triggerId, fate, code ?? channel].filter((word) => word !== null).join(' ');
  return { text, numbers: JSON.parse(numbers) as Readonly<Record<string, unknown>>, output };
}
