import { describe, expect, it } from '@jest/globals';
import type { Definition } from '@kairos/decisions';
import { common, HOUR } from './detecting.fixture.ts';
import { failuresIn, gift, good, told } from './failing.fixture.ts';

describe('a blocking contact rule that fails', () => {
  const blocking = (id: string, where: string | null): Definition => ({
    ...common,
    kind: 'ContactRule',
    id,
    rule: 'block',
    scope: { purpose: 'marketing', channels: [], messages: [] },
    onBreach: 'drop',
    afterEvents: [{ name: 'Order Completed', where }],
    forMs: HOUR,
  });
  const contact = {
    email: 'ada@example.com',
    phone: null,
    userId: 'ada',
    anonymousId: null,
    zone: 'UTC',
    zoneFrom: 'company',
    locale: null,
    consent: [],
    preferences: null,
  };
  const walk = 'properties.a.exists(x, properties.b.exists(y, x == y))';
  const list = (from: number) => Array.from({ length: 900 }, (_, at) => from + at);

  it.each([
    ['TYPE', 'properties.gift || properties.total > 9', gift[0]?.properties],
    ['NOT_BOOLEAN', 'properties.gift', gift[0]?.properties],
    ['OVER_BUDGET', walk, JSON.stringify({ a: list(0), b: list(1_000) })],
  ] as const)('with %s is told to arbitration as failed, and is counted by its id', (code, where, properties) => {
    const definitions = [blocking('a-good', null), blocking('bad', where), blocking('good', null), good];
    const { proposed, counted, short } = told({ definitions, events: [{ properties: properties ?? '' }] });
    expect(proposed.flatMap(({ contactEvent }) => contactEvent?.blocks ?? [])).toEqual(['a-good', 'good']);
    expect(proposed.flatMap(({ contactEvent }) => contactEvent?.failedBlocks ?? [])).toEqual(['bad']);
    expect(failuresIn(counted)).toEqual([`ContactRule bad ${code}`]);
    expect(short).toEqual(['good fired']);
  });

  it('does not bury the event when it throws: consent, neighbours and triggers go on', () => {
    const { proposed, counted, short } = told({
      definitions: [blocking('bad', null), blocking('good', null), good],
      events: [{ contact }],
      spoil: (playbook) => {
        const bad = playbook.blockedBy.get('Order Completed')?.find(({ ruleId }) => ruleId === 'bad');
        Object.assign(bad?.match ?? {}, {
          matches: () => {
            throw new TypeError('secret@example.com');
          },
        });
      },
    });
    expect(proposed.flatMap(({ contactEvent }) => contactEvent ?? [])).toMatchObject([
      { contact, blocks: ['good'], failedBlocks: ['bad'] },
    ]);
    expect(failuresIn(counted)).toEqual(['ContactRule bad THROWN']);
    expect(short).toEqual(['good fired']);
  });

  it('alone is told, too, and the next event that it can be asked of sets it off', () => {
    const definitions = [blocking('bad', 'properties.gift || properties.total > 9')];
    const { proposed, counted } = told({ definitions, events: [...gift, { properties: '{"gift":true}' }] });
    expect(proposed.flatMap(({ contactEvent }) => contactEvent ?? [])).toMatchObject([
      { messageId: 'm0', blocks: [], failedBlocks: ['bad'] },
      { messageId: 'm1', blocks: ['bad'], failedBlocks: [] },
    ]);
    expect(failuresIn(counted)).toEqual(['ContactRule bad TYPE']);
  });

  it('does not fail for want of a property: what an event does not say is known not to be so', () => {
    const definitions = [blocking('rule', 'properties.total > 9 && properties.reason == "broken"')];
    const { proposed, counted } = told({ definitions, events: [{ properties: '{}' }, { properties: '{"total":10}' }] });
    expect(proposed.flatMap(({ contactEvent }) => contactEvent ?? [])).toEqual([]);
    expect(failuresIn(counted)).toEqual([]);
  });

  it('that another event of its list sets off for sure is not told as failed', () => {
    const rule = blocking('rule', 'properties.gift');
    const sure = { name: 'Order Completed', where: 'properties.total > 9' };
    const either = 'afterEvents' in rule ? { ...rule, afterEvents: [...rule.afterEvents, sure] } : rule;
    const { proposed } = told({ definitions: [either], events: [{ properties: '{"gift":3,"total":10}' }] });
    expect(proposed.flatMap(({ contactEvent }) => contactEvent ?? [])).toMatchObject([
      { blocks: ['rule'], failedBlocks: [] },
    ]);
  });
});
