import type {
  Channel,
  ChannelContent,
  CompanyDefinition,
  ContactRuleDefinition,
  Deliver,
  MessageDefinition,
  Purpose,
  SegmentDefinition,
  SourceDefinition,
  TriggerDefinition,
} from '@kairos/decisions';
import { normalizeWhen } from './normalize-when.ts';
import type { MessageInput } from './schema/message.ts';
import type { CompanyInput, ContactRuleInput, SegmentInput, SourceInput } from './schema/rules.ts';
import type { TriggerInput } from './schema/trigger.ts';

type Unversioned<D> = D extends unknown ? Omit<D, 'version'> : never;

/** From the form that people write to the normal form that every stage compiles. Says nothing about validity. */
export function normalizeTrigger(input: TriggerInput): Unversioned<TriggerDefinition> {
  const { reentry, goal, unless } = input;
  return {
    kind: 'Trigger',
    ...commonOf(input),
    purpose: input.purpose,
    foundBy: input.foundBy,
    when: normalizeWhen(input.when),
    audience: input.audience ?? null,
    ...(input.pilot === undefined ? {} : { pilot: input.pilot }),
    ...(unless === undefined
      ? {}
      : { unless: { events: unless.did, until: unless.until ?? [], atMostMs: unless.atMost } }),
    oncePer: typeof input.oncePer === 'string' ? [input.oncePer] : input.oncePer,
    reentry: typeof reentry === 'number' ? { kind: 'after', afterMs: reentry } : { kind: reentry },
    cancelOn: input.cancelOn ?? [],
    goal:
      goal === undefined
        ? null
        : {
            event: { name: goal.event, where: goal.where ?? null },
            withinMs: goal.within,
            value: goal.value ?? null,
          },
    expiresAfterMs: input.expiresAfter,
    holdoutPercent: input.holdout,
    priority: input.priority,
    audienceRole: input.to.replace(/^staff\((.+)\)$/, 'staff:$1'),
    activeFromMs: input.activeFrom ?? null,
    activeToMs: input.activeTo ?? null,
    send: input.send ?? null,
  };
}

/** Bodies that stand in a file of their own have been read by now. `order` is that of the file: the order of preference. */
export function normalizeMessage(input: MessageInput, order: readonly string[]): Unversioned<MessageDefinition> {
  const channels = Object.entries(input.channels)
    .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
    .flatMap(([channel, content]) =>
      content === undefined ? [] : [contentOf(channel as Channel, content, input.purpose)],
    );
  const topics = input.topics === undefined ? {} : { topics: input.topics };
  return { kind: 'Message', ...commonOf(input), purpose: input.purpose, ...topics, channels };
}

type AnyContent = NonNullable<MessageInput['channels'][keyof MessageInput['channels']]>;

/** At most once is for texts to a phone and for marketing mail, where a repeat is worse than a loss; everything else repeats under one key. */
export const defaultDelivery = (channel: Channel, purpose: Purpose): Deliver =>
  channel === 'sms' || (channel === 'email' && purpose === 'marketing') ? 'atMostOnce' : 'atLeastOnce';

function contentOf(channel: Channel, content: AnyContent, purpose: Purpose): ChannelContent {
  const deliver = content.deliver ?? defaultDelivery(channel, purpose);
  if ('subject' in content) return { channel: 'email', subject: content.subject, html: content.body ?? '', deliver };
  if ('text' in content) return { channel: 'sms', text: content.text, deliver };
  if ('slot' in content) return { channel: 'onsite', slot: content.slot, html: content.body ?? '', deliver };
  if ('url' in content) return { channel: 'webhook', url: content.url, body: content.body, deliver };
  const { title, action, why, avoid } = content;
  return { channel: 'task', title, action, why, avoid, deliver };
}

export function normalizeContactRule(input: ContactRuleInput): Unversioned<ContactRuleDefinition> {
  const { scope, onBreach } = input;
  const base = {
    kind: 'ContactRule' as const,
    ...commonOf(input),
    scope: { purpose: scope.purpose ?? null, channels: scope.channels, messages: scope.messages },
    onBreach,
  };
  if ('limit' in input) return { ...base, rule: 'cap', limit: input.limit, rollingMs: input.window.rolling };
  if ('cooldown' in input) return { ...base, rule: 'cooldown', cooldownMs: input.cooldown };
  const { for: forMs, until } = input.blocks;
  return { ...base, rule: 'block', afterEvents: input.after, forMs, ...(until === undefined ? {} : { until }) };
}

export function normalizeCompany(input: CompanyInput): Unversioned<CompanyDefinition> {
  return {
    kind: 'Company',
    ...commonOf(input),
    name: input.name,
    zone: input.zone,
    currency: input.currency,
    liveHorizonMs: input.liveHorizon,
    collectForMs: input.collectFor,
    ...(input.channels === undefined ? {} : { channels: input.channels }),
    ...(input.costPerMessage === undefined ? {} : { costPerMessage: input.costPerMessage }),
    quietHours: input.quietHours,
    globalHoldoutPercent: input.holdout,
    salt: input.salt,
  };
}

export function normalizeSource(input: SourceInput): Unversioned<SourceDefinition> {
  return {
    kind: 'Source',
    ...commonOf(input),
    sourceKind: input.type,
    assumeConsent: input.assumeConsent,
    trustBrowserEmail: input.trustBrowserEmail,
    ...(input.onNonconforming === 'flag' ? {} : { onNonconforming: input.onNonconforming }),
    ...(input.unplanned === 'flag' ? {} : { unplanned: input.unplanned }),
  };
}

export function normalizeSegment(input: SegmentInput): Unversioned<SegmentDefinition> {
  return { kind: 'Segment', ...commonOf(input), where: input.where };
}

interface CommonInput {
  readonly id: string;
  readonly description: string;
  readonly owner: string;
  readonly status: 'draft' | 'live' | 'paused';
}
const commonOf = ({ id, description, owner, status }: CommonInput) => ({ id, description, owner, status });
