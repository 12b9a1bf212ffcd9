import { describe, expect, it } from '@jest/globals';
import type { CompiledPlaybook } from '../compile-types.ts';
import type { Definition } from '../definitions.ts';
import { enrich } from '../profiles/enrich.ts';
import { playbookWith, segmentOf, T0 } from '../profiles/profile.fixture.ts';
import type { ProfileState } from '../profiles/profile-state.ts';
import { computedAt, DAY, foldOf, type Happened, HOUR, identifiedOf, traitOf } from './computed.fixture.ts';
import { MAX_DISTINCT, MAX_TOP } from './fold.ts';
import { bucketMsOf } from './window.ts';

const order = (properties: object, dayOfStory = 0, name = 'Order Completed'): Happened => {
  const atMs = T0 + dayOfStory * DAY;
  return { name, atMs, loggedAtMs: atMs, properties };
};
const valueWith = (playbook: CompiledPlaybook, story: readonly Happened[], nowMs = T0 + DAY): unknown =>
  computedAt(foldOf(story, playbook), playbook, nowMs).x;

describe('a computed trait', () => {
  it('counts what fulfils the conditions of the event and its own, once', () => {
    const playbook = playbookWith(
      traitOf({
        id: 'x',
        compute: 'count',
        events: [
          { name: 'Order Completed', where: 'properties.total > 10' },
          { name: 'Order Completed', where: 'properties.total > 20' },
          { name: 'Order Updated', where: null },
        ],
        where: 'properties.currency == "EUR"',
      }),
    );
    const story = [
      order({ total: 30, currency: 'EUR' }),
      order({ total: 5, currency: 'EUR' }),
      order({ total: 30, currency: 'USD' }),
      order({ currency: 'EUR' }, 0, 'Order Updated'),
      order({ currency: 'EUR' }, 0, 'Order Refunded'),
    ];
    expect(valueWith(playbook, story)).toBe(2);
  });

  it('takes each element of a list for a value', () => {
    const products = [{ category: 'hats' }, { category: 'shoes' }, { category: 'shoes' }];
    const value = 'properties.products.map(p, p.category)';
    const story = [order({ products }), order({ products: [{ category: 'bags' }, {}] })];
    expect(valueWith(playbookWith(traitOf({ id: 'x', compute: 'top', value })), story)).toBe('shoes');
    expect(valueWith(playbookWith(traitOf({ id: 'x', compute: 'distinct', value })), story)).toBe(3);
  });

  it('sums exact decimals, and leaves out what is no amount', () => {
    const playbook = playbookWith(traitOf({ id: 'x', compute: 'sum', value: 'properties.total' }));
    const amounts = [0.1, 0.2, '0.30', 'a lot', null, true, { a: 1 }];
    expect(
      valueWith(
        playbook,
        amounts.map((total) => order({ total })),
      ),
    ).toBe(0.6);
    expect(valueWith(playbook, [])).toBe(0);
  });

  it('runs out without an event, and the person’s segments see it with the next one', () => {
    const playbook = playbookWith(
      traitOf({ id: 'orders_30d', compute: 'count', withinMs: 30 * DAY }),
      segmentOf('active', 'profile.computed.orders_30d >= 1'),
    );
    const state = foldOf([order({})], playbook);
    expect(state?.segments).toEqual(['active']);
    const later = identifiedOf({ name: 'Page Viewed', atMs: T0 + 31 * DAY, loggedAtMs: T0 + 31 * DAY });
    const { event } = enrich(state, later, { playbook, faults: [] });
    expect(event.segmentsLeft).toEqual(['active']);
  });

  it('lets an event go at most one bucket after its window', () => {
    const within = 30 * DAY;
    const playbook = playbookWith(traitOf({ id: 'x', compute: 'count', withinMs: within }));
    const state = foldOf([order({})], playbook);
    const bucketMs = bucketMsOf('count', within) ?? 0;
    expect(bucketMs).toBeLessThanOrEqual(within * 0.025);
    expect(computedAt(state, playbook, T0 + within)).toEqual({ x: 1 });
    expect(computedAt(state, playbook, T0 + within + bucketMs)).toEqual({ x: 0 });
  });

  it('counts from its publication on, and from a change of its meaning on; words change nothing', () => {
    const count = traitOf({ id: 'x', compute: 'count' });
    const before = foldOf([order({})], playbookWith());
    const counting = playbookWith(count);
    expect(computedAt(before, counting, T0)).toEqual({ x: 0 });
    const counted = foldOf([order({}), order({})], counting, before);
    const renamed = playbookWith({ ...count, version: '2', description: 'Orders', owner: 'crm' });
    expect(computedAt(counted, renamed, T0)).toEqual({ x: 2 });
    const narrower = playbookWith({ ...count, where: 'properties.total > 1' });
    expect(computedAt(counted, narrower, T0)).toEqual({ x: 0 });
    const after = foldOf([order({ total: 2 })], narrower, counted) as ProfileState;
    expect(Object.keys(after.computed ?? {})).toHaveLength(1);
  });

  it('stands still while it is paused, and is not there', () => {
    const count = traitOf({ id: 'x', compute: 'count' });
    const counted = foldOf([order({})], playbookWith(count));
    const paused = playbookWith({ ...count, status: 'paused' }, traitOf({ id: 'y', compute: 'count' }));
    const meanwhile = foldOf([order({})], paused, counted);
    expect(computedAt(meanwhile, paused, T0)).toEqual({ y: 1 });
    expect(computedAt(meanwhile, playbookWith(count), T0)).toEqual({ x: 1 });
  });

  it('keeps no more than its bounds, however much is told', () => {
    const ids = (many: number) => Array.from({ length: many }, (_, at) => order({ id: `p${at}` }, at / 1_000));
    const distinct = playbookWith(traitOf({ id: 'x', compute: 'distinct', value: 'properties.id' }));
    expect(valueWith(distinct, ids(MAX_DISTINCT + 50))).toBe(MAX_DISTINCT);
    const top = playbookWith(traitOf({ id: 'x', compute: 'top', value: 'properties.id' }));
    const often = [order({ id: 'mine' }), order({ id: 'mine' })];
    const folded = foldOf([...often, ...ids(MAX_TOP * 3)], top);
    expect(computedAt(folded, top, T0 + DAY)).toEqual({ x: 'mine' });
    expect(JSON.stringify(folded?.computed).length).toBeLessThan(2_000);
    const hourly = Array.from({ length: 3_000 }, (_, at) => order({}, at / 24));
    const year = playbookWith(traitOf({ id: 'x', compute: 'count', withinMs: 100 * DAY }));
    const [kept] = Object.values(foldOf(hourly, year)?.computed ?? {});
    expect(Object.keys(kept?.cells ?? {}).length).toBeLessThanOrEqual(102);
  });

  it('tells of what can’t be asked, and counts the others', () => {
    const bad = 'properties.items.all(a, properties.items.all(b, a == b))';
    const playbook = playbookWith(
      traitOf({ id: 'bad', compute: 'count', where: bad }),
      traitOf({ id: 'x', compute: 'count' }),
    );
    const items = Array.from({ length: 900 }, () => 1);
    const event = identifiedOf({ ...order({ items }), loggedAtMs: T0 + HOUR });
    const { failed, changed } = enrich(undefined, event, { playbook, faults: [] });
    expect(failed).toEqual([{ kind: 'ComputedTrait', id: 'bad', code: 'OVER_BUDGET' }]);
    expect(JSON.parse(changed.profile).computed).toEqual({ bad: 0, x: 1 });
  });

  it('travels with the event when a live rule reads it, and else not', () => {
    const trait = traitOf({ id: 'x', compute: 'count' });
    const profileOf = (...definitions: readonly Definition[]) => {
      const playbook = playbookWith(trait, ...definitions);
      return JSON.parse(enrich(undefined, identifiedOf(order({})), { playbook, faults: [] }).event.profile);
    };
    expect(profileOf()).not.toHaveProperty('computed');
    const text = { channel: 'sms', text: '{{ profile.computed.x }} orders', deliver: 'atMostOnce' } as const;
    const message = { kind: 'Message', purpose: 'service', channels: [text] } as const;
    const common = { id: 'm', version: '1', description: '', owner: '', status: 'live' } as const;
    expect(profileOf({ ...common, ...message }).computed).toEqual({ x: 1 });
  });
});
