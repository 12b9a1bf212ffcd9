import { describe, expect, it } from '@jest/globals';
import { enrichedRecord } from '@kairos/contracts';
import type { CompiledPlaybook } from '../compile-types.ts';
import type { TriggerDefinition, When } from '../definitions.ts';
import { bookOf, did, journeyOf, send, waitFor } from '../journeys/journey.fixture.ts';
import {
  cartLeft,
  eventOf,
  eventWhen,
  type Happening,
  HOUR,
  MINUTE,
  named,
  T0,
  triggerOf,
} from '../triggers/detector.fixture.ts';
import { followPlaybook, followRecord, followTime, NOBODY_YET } from './follow.ts';
import { reasonsOfLook, showPending, verdictOfLook } from './show.ts';
import type { TraceEntry } from './types.ts';

/** One person, followed by hand. */
class Watched {
  followed = NOBODY_YET;
  timeMs = T0;
  readonly playbook: CompiledPlaybook;
  constructor(playbook: CompiledPlaybook) {
    this.playbook = playbook;
  }

  get #at() {
    return { playbook: this.playbook, timeMs: this.timeMs, traceparent: null };
  }

  sees(happening: Happening): TraceEntry {
    return this.#keep(followRecord(this.followed, enrichedRecord({ event: eventOf(happening) }), this.#at));
  }

  reaches(timeMs: number): TraceEntry | null {
    this.timeMs = timeMs;
    const step = followTime(this.followed, 'user:1', this.#at);
    this.followed = step.followed;
    return step.entry;
  }

  #keep({ followed, entry }: ReturnType<typeof followRecord>): TraceEntry {
    this.followed = followed;
    if (entry === null) throw new Error('nothing to show');
    return entry;
  }
}

const watch = (when: When, more: Partial<TriggerDefinition> = {}): Watched =>
  new Watched(bookOf([triggerOf(when, more)]));
const told = (entry: TraceEntry | null): readonly string[] =>
  (entry?.looks ?? []).flatMap((look) => [verdictOfLook(look), ...reasonsOfLook(look)]);
const added: Happening = { name: 'Product Added', atMs: T0, properties: { cart_id: 'c1' } };

describe('an event is explained', () => {
  it('by the exact condition that failed, with what it saw', () => {
    const ada = watch(eventWhen('Order Completed', 'properties.total > 10 && profile.orderCount == 1'));
    const entry = ada.sees({
      name: 'Order Completed',
      atMs: T0,
      properties: { total: 40 },
      profile: { orderCount: 3 },
    });
    expect(told(entry)).toEqual(['did not match', 'profile.orderCount == 1 is not true: profile.orderCount was 3']);
    expect(entry.looks[0]?.roles[0]).toMatchObject({ role: 'starts', holds: false });
  });

  it('by the gate at which a match ended', () => {
    const ada = watch(eventWhen('Order Completed'), {
      audience: 'profile.orderCount < 3',
      reentry: { kind: 'after', afterMs: HOUR },
    });
    const order: Happening = { name: 'Order Completed', atMs: T0, profile: { orderCount: 3, zone: 'Europe/Berlin' } };
    expect(told(ada.sees(order))).toEqual([
      'matched, did not start: NOT_IN_AUDIENCE',
      'profile.orderCount < 3 is not true: profile.orderCount was 3',
    ]);
    expect(told(ada.sees({ ...order, profile: { orderCount: 2, zone: 'Europe/Berlin' } }))).toEqual(['fired']);
    expect(told(ada.sees({ ...order, atMs: T0 + MINUTE, profile: { zone: 'Europe/Berlin' } }))).toEqual([
      'matched, did not start: REENTRY_WAIT',
      'it fired at 2026-06-03 12:00:00 Europe/Berlin and may again at 2026-06-03 13:00:00 Europe/Berlin',
    ]);
  });

  it('says how many triggers it is nothing to', () => {
    expect(watch(eventWhen('Order Completed')).sees({ name: 'Page Viewed', atMs: T0 })).toMatchObject({
      looks: [],
      notConcerned: 1,
    });
  });

  it('shows what waits, until when, in the person’s own time', () => {
    const ada = watch(cartLeft(), { oncePer: ['properties.cart_id', 'person'] });
    const entry = ada.sees({ ...added, profile: { zone: 'America/New_York' } });
    expect(told(entry)).toEqual(['waits']);
    expect(entry.pending.map((pending) => showPending(pending, { nowMs: T0 + 8 * MINUTE, zone: entry.zone }))).toEqual([
      'it (c1) due 2026-06-03 07:00:00 America/New_York (and 15 seconds of grace), in 52 minutes 15 seconds: after Product Added',
    ]);
    expect(told(ada.sees({ name: 'Order Completed', atMs: T0 + MINUTE }))).toEqual(['ended', 'ends its wait (c1)']);
    expect(ada.reaches(T0 + 5 * HOUR)).toBe(null);
  });

  it('says of a repeat that a wait is under way, and of a timer that it fired', () => {
    const ada = watch(cartLeft());
    ada.sees(added);
    expect(told(ada.sees({ ...added, atMs: T0 + MINUTE }))).toEqual([
      'matched, did not start: ALREADY_ACTIVE',
      'a wait is under way, due 2026-06-03 11:00:00 Etc/UTC; the first event counts',
    ]);
    const fired = ada.reaches(T0 + 2 * HOUR);
    expect(fired?.kind).toBe('time');
    expect(told(fired)).toEqual(['fired', 'was due 2026-06-03 11:00:00 Etc/UTC']);
  });

  it('shows the end of the period that an unusual count is judged at, and that it fired then', () => {
    const ada = watch({
      type: 'unusual',
      events: named('Page Viewed'),
      value: null,
      per: { kind: 'rolling', ms: 2 * HOUR },
      times: 2,
      spreads: null,
      direction: 'below',
      afterAtLeast: 3,
    });
    const view = (minutes: number) => ada.sees({ name: 'Page Viewed', atMs: T0 + minutes * MINUTE });
    for (const period of [0, 1, 2]) for (const minutes of [0, 10, 20]) view(period * 120 + minutes);
    const entry = view(370);
    expect(told(entry)).toEqual(['remembers it', '1 in its period; usual is 3 (spread 0), asked for 2 times below']);
    ada.reaches(T0 + 6 * HOUR);
    const { pending } = view(371);
    expect(pending.map((one) => showPending(one, { nowMs: T0 + 7 * HOUR, zone: 'Etc/UTC' }))).toEqual([
      'it due 2026-06-03 18:00:00 Etc/UTC, in 1 hour: for the end of the period: 2 so far, usual is 3',
    ]);
    expect(ada.reaches(T0 + 8 * HOUR)).toBe(null);
    expect(told(ada.reaches(T0 + 10 * HOUR))).toEqual(['fired', 'was due 2026-06-03 20:00:00 Etc/UTC']);
  });

  it('says why a timer came to nothing', () => {
    const ada = watch(cartLeft(), { audience: 'profile.orderCount > 2', send: null });
    ada.sees({ ...added, profile: { orderCount: 1 } });
    expect(told(ada.reaches(T0 + 2 * HOUR))).toEqual([
      'matched, did not start: NOT_IN_AUDIENCE',
      'profile.orderCount > 2 is not true: profile.orderCount was 1',
      'was due 2026-06-03 11:00:00 Etc/UTC',
    ]);
  });
});

describe('a pattern that is not complete', () => {
  it.each<[string, When, readonly string[]]>([
    [
      'counts',
      {
        type: 'count',
        events: named('Seen'),
        of: 'count',
        value: null,
        atLeast: 3,
        window: { kind: 'rolling', ms: HOUR },
      },
      ['1 of 3 within 1 hour', '2 of 3 within 1 hour'],
    ],
    [
      'sums',
      {
        type: 'count',
        events: named('Seen'),
        of: 'sum',
        value: 'properties.n',
        atLeast: 100,
        window: { kind: 'calendar', per: 'month', zone: 'company' },
      },
      ['7 of 100 in all in this month', '15 of 100 in all in this month'],
    ],
    [
      'follows steps',
      { type: 'sequence', events: named('Seen'), followedBy: named('Bought'), butNot: [], withinMs: HOUR },
      ['step 1 of 2', 'step 1 of 2'],
    ],
    [
      'knows what is usual',
      {
        type: 'unusual',
        events: named('Seen'),
        value: 'properties.n',
        per: null,
        times: 5,
        spreads: null,
        direction: 'above',
        afterAtLeast: 1,
      },
      [
        '0 earlier values are known, 1 are needed to know what is usual',
        '8 is not unusual: usual is 7 (spread 0), asked for 5 times above',
      ],
    ],
    [
      'counts in periods',
      {
        type: 'unusual',
        events: named('Seen'),
        value: null,
        per: { kind: 'rolling', ms: HOUR },
        times: 5,
        spreads: null,
        direction: 'above',
        afterAtLeast: 3,
      },
      [
        '1 in its period; 0 earlier periods are known, 3 are needed to know what is usual',
        '2 in its period; 0 earlier periods are known, 3 are needed to know what is usual',
      ],
    ],
    [
      'remembers a value',
      { type: 'profileChange', path: 'traits.plan', from: null, to: 'profile.traits.plan == "gold"' },
      [
        'profile.traits.plan is "p0", told for the first time: no change yet',
        'profile.traits.plan was "p0" and is "p1"',
      ],
    ],
  ])('%s', (_, when, expected) => {
    const ada = watch(when);
    const says = [0, 1].map((n) =>
      ada.sees({
        name: 'Seen',
        atMs: T0 + n * MINUTE,
        properties: { n: 7 + n },
        profile: { traits: { plan: `p${n}` } },
      }),
    );
    expect(says.map((entry) => entry.looks[0]?.says[0])).toEqual(expected);
    expect(says.map((entry) => entry.looks[0]?.verdict)).toEqual(['remembered', 'remembered']);
  });
});

describe('the rest of a person’s log', () => {
  it('tells what journeys do, and where they stand', () => {
    const start = triggerOf(eventWhen('Begun'), { send: null });
    const ada = new Watched(bookOf([start, journeyOf([send('hello'), waitFor([did('Visited')], HOUR)])]));
    const entry = ada.sees({ name: 'Begun', atMs: T0 });
    expect(entry.says).toEqual([
      'journey trip starts',
      'journey trip steps[0]: send',
      'journey trip steps[1]: waitFor until 2026-06-03 11:00:00 Etc/UTC at the latest',
    ]);
    expect(entry.pending).toMatchObject([
      { kind: 'journey', id: 'trip', dueAtMs: T0 + HOUR, what: 'at steps[1]: waits for Visited' },
    ]);
    expect(ada.reaches(T0 + HOUR)?.says).toEqual([
      'journey trip steps[1]: waitFor → otherwise',
      'journey trip comes to its end',
    ]);
  });

  it('takes over what waited for an older id of the person, and lets timers wait for it', () => {
    const playbook = bookOf([triggerOf(cartLeft())]);
    const at = { playbook, timeMs: T0, traceparent: null };
    const visitor = followRecord(NOBODY_YET, enrichedRecord({ event: eventOf(added) }), at).followed;
    const patterns = JSON.stringify(visitor.state);
    const merged = {
      personId: 'user:1',
      fromPersonId: 'anon:a',
      linkedAtMs: T0 + MINUTE,
      profile: '{}',
      segments: [],
      segmentsEntered: [],
      segmentsLeft: [],
      contact: null,
      patterns,
      contactFollows: false,
    };
    const told_ = followRecord(NOBODY_YET, enrichedRecord({ waiting: { personId: 'user:1', keys: 1 } }), at);
    const step = followRecord(told_.followed, enrichedRecord({ merged }), at);
    expect(step.entry).toMatchObject({ kind: 'merged', title: 'anon:a', pending: [{ id: 'it', dueAtMs: T0 + HOUR }] });
    expect(followTime(step.followed, 'user:1', { ...at, timeMs: T0 + 5 * HOUR }).entry).toBe(null);
    const goesOn = followRecord(step.followed, enrichedRecord({ waiting: { personId: 'user:1', keys: 0 } }), at);
    const fired = followTime(goesOn.followed, 'user:1', { ...at, timeMs: T0 + 5 * HOUR });
    expect(fired.entry?.looks).toMatchObject([{ triggerId: 'it', verdict: 'fired' }]);
  });

  it('says that no playbook was active yet, and which one is from where on', () => {
    const nothing = { playbook: undefined, timeMs: T0, traceparent: null };
    expect(followRecord(NOBODY_YET, enrichedRecord({ event: eventOf(added) }), nothing).entry?.says).toEqual([
      'no playbook was active yet',
    ]);
    const playbook = bookOf([triggerOf(cartLeft())]);
    expect(followPlaybook(NOBODY_YET, { ...nothing, playbook }).entry).toMatchObject({ kind: 'playbook' });
  });
});
