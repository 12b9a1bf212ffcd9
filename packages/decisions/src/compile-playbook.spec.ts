import { describe, expect, it } from '@jest/globals';
import { defaultCompany } from './compile-defaults.ts';
import { compilePlaybook } from './compile-playbook.ts';
import type {
  ContactRuleDefinition,
  Definition,
  MessageDefinition,
  SegmentDefinition,
  TriggerDefinition,
  When,
} from './definitions.ts';

const common = { version: 'v', description: '', owner: '', status: 'live' as const };
const trigger = (id: string, when: When, more: Partial<TriggerDefinition> = {}): TriggerDefinition => ({
  ...common,
  kind: 'Trigger',
  id,
  when,
  purpose: 'marketing',
  foundBy: 'rule',
  audience: null,
  oncePer: ['person'],
  reentry: { kind: 'always' },
  cancelOn: [],
  goal: null,
  expiresAfterMs: 1,
  holdoutPercent: 0,
  priority: 50,
  audienceRole: 'customer',
  activeFromMs: null,
  activeToMs: null,
  send: 'hello',
  ...more,
});
const on = (name: string, where: string | null = null) => ({ name, where });
const event = (name: string, where: string | null = null): When => ({ type: 'event', events: [on(name, where)] });
const absence: When = {
  type: 'absence',
  events: [on('Product Added')],
  butNot: [on('Order Completed')],
  withinMs: 1,
  clock: 'restartsOnRepeat',
  atLatestAfterMs: null,
  graceMs: 0,
};
const message: MessageDefinition = {
  ...common,
  kind: 'Message',
  id: 'hello',
  purpose: 'marketing',
  channels: [
    {
      channel: 'email',
      subject: 'Hi %%FirstName%%',
      html: '{{ profile.traits.plan }} {{ evidence.product.name }}',
      deliver: 'atMostOnce',
    },
  ],
};
const block: ContactRuleDefinition = {
  ...common,
  kind: 'ContactRule',
  id: 'after-complaint',
  scope: { purpose: 'marketing', channels: [], messages: [] },
  onBreach: 'drop',
  rule: 'block',
  afterEvents: [on('Complaint Opened', 'properties.severity > 1')],
  forMs: 1,
};
const compile = (...definitions: Definition[]) =>
  compilePlaybook({ version: 'p1', offset: 7, timeScale: 1, definitions });

describe('a compiled playbook', () => {
  it('finds by event name only the live triggers that could care, in order of id', () => {
    const compiled = compile(
      trigger('z', event('Order Completed')),
      trigger('a', absence, {
        cancelOn: [on('Cart Emptied')],
        goal: { event: on('Order Completed'), withinMs: 1, value: null },
      }),
      trigger('draft', event('Product Added'), { status: 'draft' }),
      trigger('paused', event('Product Added'), { status: 'paused' }),
      trigger('quiet', { type: 'inactivity', events: [on('Order Completed')], forMs: 1 }),
      trigger('silent', { type: 'inactivity', events: null, forMs: 1 }),
    );
    const ids = (map: ReadonlyMap<string, readonly { trigger: { definition: { id: string } } }[]>) =>
      Object.fromEntries([...map].map(([name, found]) => [name, found.map((one) => one.trigger.definition.id)]));
    expect([...compiled.triggers.keys()]).toEqual(['a', 'quiet', 'silent', 'z']);
    expect(ids(compiled.startedBy)).toEqual({ 'Product Added': ['a'], 'Order Completed': ['z'] });
    expect(ids(compiled.pausedStartedBy)).toEqual({ 'Product Added': ['paused'] });
    expect(ids(compiled.endedBy)).toEqual({ 'Order Completed': ['a'] });
    expect(ids(compiled.cancelledBy)).toEqual({ 'Cart Emptied': ['a'] });
    expect(ids(compiled.goalReachedBy)).toEqual({ 'Order Completed': ['a'] });
    expect(ids(compiled.activeBy)).toEqual({ 'Order Completed': ['quiet'] });
    expect(compiled.activeByAny.map((one) => one.definition.id)).toEqual(['silent']);
    expect(compiled).toMatchObject({ version: 'p1', offset: 7, timeScale: 1, faults: [] });
  });

  it('evaluates a match only by its condition', () => {
    const compiled = compile(trigger('big', event('Order Completed', 'properties.total > 100')));
    const [found] = compiled.startedBy.get('Order Completed') ?? [];
    expect(found?.match.matches({ properties: { total: 101 } })).toBe(true);
    expect(found?.match.matches({ properties: {} })).toBe(false);
  });

  it('reads the instance key along a fixed path, as text, and null where the event lacks it', () => {
    const [cart, whole] =
      compile(trigger('a', absence, { oncePer: ['properties.cart_id', 'person'] })).triggers.get('a')?.oncePer ?? [];
    expect(cart?.read({ properties: { cart_id: 'c1' } })).toBe('c1');
    expect(cart?.read({ properties: { cart_id: 17 } })).toBe('17');
    expect(cart?.read({ properties: { cart_id: '' } })).toBeNull();
    expect(cart?.read({ properties: {} })).toBeNull();
    expect(cart?.read({})).toBeNull();
    expect(whole?.read({ properties: { cart_id: 'c1' } })).toBe('');
  });

  it('projects what live conditions and templates read, and how to address a person', () => {
    const compiled = compile(
      message,
      trigger('a', event('X', 'profile.orderValue > 1'), {
        audience: 'profile.traits.vip && profile.counters["Y"] > 1',
      }),
      trigger('b', event('X', 'profile.refundValue > 1'), { status: 'draft' }),
    );
    expect(compiled.projection).toEqual([
      'counters.Y',
      'email',
      'firstName',
      'isReturning',
      'lastName',
      'locale',
      'orderValue',
      'personId',
      'traits.plan',
      'traits.vip',
      'zone',
    ]);
    const profile = {
      personId: 'p',
      email: null,
      traits: { plan: 'gold', vip: true, secret: 1 },
      orderCount: 4,
      orderValue: 3,
    };
    expect(compiled.project(profile)).toEqual({
      personId: 'p',
      email: null,
      orderValue: 3,
      traits: { plan: 'gold', vip: true },
    });
  });

  it('projects everything when a condition computes the field that it reads', () => {
    const profile = { personId: 'p', anything: 1 };
    expect(compile(trigger('a', event('X', 'profile[event.name] == 1'))).project(profile)).toBe(profile);
  });

  it('names the events that block, and the condition they block on', () => {
    const compiled = compile(block, {
      ...block,
      id: 'off',
      status: 'paused',
      rule: 'block',
      afterEvents: [on('Other')],
      forMs: 1,
    });
    expect([...compiled.blockingEvents]).toEqual(['Complaint Opened']);
    const ends = compile({ ...block, rule: 'block', afterEvents: [], forMs: 1, until: ['Complaint Resolved'] });
    expect([...ends.blockingEvents]).toEqual(['Complaint Resolved']);
    const [found] = compiled.blockedBy.get('Complaint Opened') ?? [];
    expect(found?.ruleId).toBe('after-complaint');
    expect(found?.match.matches({ properties: { severity: 2 } })).toBe(true);
    expect(found?.match.matches({ properties: { severity: 1 } })).toBe(false);
  });

  it('switches a part that does not compile off and lists it, and never throws', () => {
    const segment: SegmentDefinition = { ...common, kind: 'Segment', id: 's', where: 'nonsense(' };
    const compiled = compile(trigger('a', event('X', 'foo.bar == 1')), segment);
    expect(compiled.startedBy.get('X')?.[0]?.match.matches({})).toBe(false);
    expect(compiled.segments[0]?.condition.evaluate({})).toBe(false);
    expect(compiled.faults.map(({ id, field }) => `${id} ${field}`)).toEqual(['a when.events[0].where', 's where']);
  });

  it('has defaults for a playbook without a company, and assumes no consent of an unknown source', () => {
    expect(compile().company).toBe(defaultCompany);
    expect(compile().assumedConsent('nobody')).toEqual([]);
  });

  it('keeps paused messages, whose proposals still need a name, and leaves drafts out', () => {
    const compiled = compile(
      message,
      { ...message, id: 'p', status: 'paused' },
      { ...message, id: 'd', status: 'draft' },
    );
    expect([...compiled.messages.keys()].sort()).toEqual(['hello', 'p']);
  });
});
