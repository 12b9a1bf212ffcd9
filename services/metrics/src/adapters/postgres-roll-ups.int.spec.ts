// length: one database serves all of it; each test states one promise
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type RunningStack, startTestStack } from '@kairos/local-stack';
import pg from 'pg';
import type { Counted, Dimension, PlanFaultCount, RollUp } from '../ports.ts';
import { migrate } from './postgres-migrations.ts';
import { MonthPartitions } from './postgres-months.ts';
import { MAX_ROWS_A_DAY } from './postgres-plan-faults.ts';
import { PostgresRollUps } from './postgres-roll-ups.ts';
import { PostgresTimelines } from './postgres-timelines.ts';

let stack: RunningStack;
let pool: pg.Pool;
let admin: pg.Pool;
const database = `metrics_${process.pid}_${Date.now()}`;
const NOON_MS = Date.UTC(2026, 10, 21, 12);

beforeAll(async () => {
  stack = await startTestStack({ parts: ['postgres'] });
  admin = new pg.Pool({ connectionString: stack.address('postgres'), max: 1 });
  await admin.query(`create database ${database}`);
  const url = new URL(stack.address('postgres'));
  url.pathname = `/${database}`;
  pool = new pg.Pool({ connectionString: url.href, max: 4 });
  // A connection may still be on its way out when its database is dropped: it is told so, and nobody listens any more.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('error', () => {});
  await migrate(pool);
}, 120_000);

afterAll(async () => {
  await pool?.end();
  await admin?.query(`drop database ${database} with (force)`);
  await admin?.end();
  await stack?.stop();
}, 60_000);

const place = { topic: 'triggers.detected', partition: 3 };

const counted = (
  offset: number,
  over: Partial<Counted> & { readonly atMs?: number; readonly entryId?: string } = {},
): Counted => ({
  offset,
  origin: { source: 'events.enriched/3', offset: offset + 1_000, number: 0 },
  rollUp: {
    entry: {
      personId: 'user:1',
      atMs: over.atMs ?? NOON_MS + offset,
      kind: 'trigger',
      entryId: over.entryId ?? `f${offset}`,
      title: 'cart-left',
      body: '{"outcome":"fired","text":"a\\u0000b"}',
      traceId: null,
    },
    count: {
      atMs: over.atMs ?? NOON_MS + offset,
      kind: 'trigger',
      subject: 'cart-left',
      messageId: '',
      channel: '',
      outcome: 'fired',
      code: '',
      source: '',
    },
  },
  ...(over.origin === undefined ? {} : { origin: over.origin }),
});

const countOf = async (): Promise<number> => {
  const counts = await new PostgresTimelines(pool).counts({ fromMs: 1, toMs: NOON_MS * 2 });
  return counts.reduce((sum, { n }) => sum + n, 0);
};

describe('roll-ups in Postgres', () => {
  let store: PostgresRollUps;
  beforeEach(async () => {
    await pool.query(
      'truncate metrics.plan_faults, metrics.journey_steps, metrics.journey_step_shares, metrics.positions, metrics.counts, metrics.timeline, metrics.persons, metrics.links',
    );
    store = new PostgresRollUps(pool);
  });

  it('counts a batch once, however often it comes again', async () => {
    const batch = [counted(0), counted(1), counted(2)];
    expect(await store.add(place, batch)).toEqual({ added: 3, repeats: 0 });
    expect(await store.add(place, batch)).toEqual({ added: 0, repeats: 0 });
    expect(await countOf()).toBe(3);
    expect((await store.positions(place.topic)).get(3)).toBe(3);
  });

  it('drops a repeat under a new offset by its origin', async () => {
    await store.add(place, [counted(0)]);
    const repeat = counted(1, { origin: { source: 'events.enriched/3', offset: 1_000, number: 0 }, entryId: 'f0' });
    expect(await store.add(place, [repeat])).toEqual({ added: 0, repeats: 1 });
    expect(await countOf()).toBe(1);
  });

  it('a zombie that is behind moves nothing back and counts nothing twice', async () => {
    await store.add(place, [counted(0), counted(1), counted(2)]);
    await store.add(place, [counted(0), counted(1)]);
    expect((await store.positions(place.topic)).get(3)).toBe(3);
    expect(await countOf()).toBe(3);
  });

  it('two owners at the same time count each record once', async () => {
    const batch = Array.from({ length: 50 }, (_, offset) => counted(offset));
    await Promise.all([store.add(place, batch), new PostgresRollUps(pool).add(place, batch)]);
    expect(await countOf()).toBe(50);
  });

  it('counts faults against the tracking plan by day, source, event, field, code and outcome, each record once', async () => {
    const faulty = (offset: number, fault: Partial<PlanFaultCount> = {}, atMs = NOON_MS): Counted => {
      const planFault: PlanFaultCount = {
        atMs,
        source: 'web',
        event: 'Product Added',
        field: 'price',
        code: 'PROPERTY_TYPE',
        outcome: 'flagged',
        ...fault,
      };
      return { ...counted(offset), rollUp: { planFaults: [planFault] } };
    };
    const dayMs = 86_400_000;
    const batch = [faulty(0), faulty(1), faulty(2, { outcome: 'refused' }), faulty(3, {}, NOON_MS - 3 * dayMs)];
    await store.add(place, batch);
    await store.add(place, batch);
    const reader = new PostgresTimelines(pool);
    const shown = async (fromMs: number) =>
      (await reader.planFaults({ fromMs, toMs: NOON_MS })).map(
        ({ event, field, code, source, outcome, n, lastDayMs }) =>
          `${n} ${outcome} ${event} ${field} ${code} ${source} ${new Date(lastDayMs).toISOString().slice(0, 10)}`,
      );
    expect(await shown(NOON_MS - 7 * dayMs)).toEqual([
      '3 flagged Product Added price PROPERTY_TYPE web 2026-11-21',
      '1 refused Product Added price PROPERTY_TYPE web 2026-11-21',
    ]);
    expect(await shown(NOON_MS - dayMs)).toEqual([
      '2 flagged Product Added price PROPERTY_TYPE web 2026-11-21',
      '1 refused Product Added price PROPERTY_TYPE web 2026-11-21',
    ]);
  });

  it('names that come from outside have an end: beyond so many a day what is new is counted together', async () => {
    const faulty = (offset: number, event: string): Counted => ({
      ...counted(offset),
      rollUp: {
        planFaults: [
          { atMs: NOON_MS, source: 'web', event, field: event, code: 'EVENT_UNPLANNED', outcome: 'flagged' },
        ],
      },
    });
    await store.add(
      place,
      Array.from({ length: MAX_ROWS_A_DAY }, (_none, at) => faulty(at, `Event ${at}`)),
    );
    await store.add(place, [
      faulty(MAX_ROWS_A_DAY, 'Another'),
      faulty(MAX_ROWS_A_DAY + 1, 'One more'),
      faulty(MAX_ROWS_A_DAY + 2, 'Event 0'),
    ]);
    const { rows } = await pool.query('select event, n::int as n from metrics.plan_faults where n > 1 order by event');
    expect(rows).toEqual([
      { event: '(other)', n: 2 },
      { event: 'Event 0', n: 2 },
    ]);
  });

  it('tells of one person how consent came about, and not of each in the list', async () => {
    const profile = JSON.stringify({ email: 'ada@shop.test', consentHistory: [{ to: 'granted', messageId: 'form' }] });
    const person = { origin: null, personId: 'user:1', profile, segments: [], changedAtMs: NOON_MS, movedTo: null };
    await store.add(place, [{ ...counted(0), rollUp: { person } }]);
    const reader = new PostgresTimelines(pool);
    expect((await reader.person('user:1'))?.profile).toEqual(JSON.parse(profile));
    expect((await reader.persons('ada', 10))[0]?.profile).toEqual({ email: 'ada@shop.test' });
  });

  it('leaves nothing behind when the transaction fails half way', async () => {
    const broken = counted(1);
    const bad: Counted = {
      ...broken,
      rollUp: {
        ...broken.rollUp,
        entry: { ...(broken.rollUp.entry as NonNullable<typeof broken.rollUp.entry>), body: 'not json' },
      },
    };
    await expect(store.add(place, [counted(0), bad])).rejects.toThrow();
    expect(await countOf()).toBe(0);
    expect((await store.positions(place.topic)).size).toBe(0);
  });

  it('counts moves on journeys per version, step and way, once like all else', async () => {
    const moved = (offset: number, step: string, way: string): Counted => {
      const base = counted(offset);
      const about = {
        atMs: NOON_MS + offset,
        journeyId: 'recovery',
        version: 'v1',
        does: 'send',
        outcome: 'journeyStepTaken',
        code: '',
      };
      return { ...base, rollUp: { ...base.rollUp, journeyStep: { ...about, step, way } } };
    };
    const batch = [
      moved(0, 'steps[0]', ''),
      moved(1, 'steps[1]', ''),
      moved(2, 'steps[1]', 'otherwise'),
      moved(3, 'steps[0]', ''),
    ];
    await store.add(place, batch);
    await store.add(place, batch);
    // Further steps of the same record count with it: the record is one, and repeated they are not counted again.
    const [first, second] = [moved(4, 'steps[2]', ''), moved(4, 'steps[3]', '')];
    const move: Counted = { ...first, more: [second.rollUp] };
    expect(await store.add(place, [move])).toEqual({ added: 1, repeats: 0 });
    expect(await store.add(place, [{ ...move, offset: 5 }])).toEqual({ added: 0, repeats: 1 });
    const asked = { fromMs: 1, toMs: NOON_MS * 2 };
    const reader = new PostgresTimelines(pool);
    const about = { journeyId: 'recovery', version: 'v1', does: 'send', outcome: 'journeyStepTaken', code: '' };
    expect(await reader.journeySteps({ ...asked, journeyId: 'recovery' })).toEqual([
      { ...about, step: 'steps[0]', way: '', n: 2 },
      { ...about, step: 'steps[1]', way: '', n: 1 },
      { ...about, step: 'steps[1]', way: 'otherwise', n: 1 },
      { ...about, step: 'steps[2]', way: '', n: 1 },
      { ...about, step: 'steps[3]', way: '', n: 1 },
    ]);
    expect(await reader.journeySteps({ ...asked, journeyId: 'another' })).toEqual([]);
  });

  it('counts moves on journeys for each segment of the person, and for new and returning ones', async () => {
    const moved = (offset: number, step: string, stand: RollUp['stand']): Counted => {
      const base = counted(offset);
      const { journeyId, version } = { journeyId: 'recovery', version: 'v1' };
      const journeyStep = { journeyId, version, step, does: 'send', outcome: 'journeyStepTaken', way: '', code: '' };
      const rollUp = { ...base.rollUp, journeyStep: { ...journeyStep, atMs: NOON_MS }, ...(stand && { stand }) };
      return { ...base, rollUp };
    };
    const batch = [
      moved(0, 'steps[0]', { segments: ['big', 'fresh'], isReturning: true }),
      moved(1, 'steps[0]', { segments: ['big'], isReturning: false }),
      moved(2, 'steps[1]', { segments: [], isReturning: null }),
    ];
    await store.add(place, batch.slice(0, 1));
    await store.add(place, batch);
    const reader = new PostgresTimelines(pool);
    const stepsOf = async (by: Dimension, value: string) =>
      (await reader.journeySteps({ fromMs: 1, toMs: NOON_MS * 2, journeyId: 'recovery', of: { by, value } })).map(
        ({ step, n }) => [step, n],
      );
    expect(await stepsOf('segment', 'big')).toEqual([['steps[0]', 2]]);
    expect(await stepsOf('segment', 'fresh')).toEqual([['steps[0]', 1]]);
    expect(await stepsOf('segment', '')).toEqual([['steps[1]', 1]]);
    expect(await stepsOf('returning', 'new')).toEqual([['steps[0]', 1]]);
    expect(await stepsOf('returning', 'returning')).toEqual([['steps[0]', 1]]);
    expect(await stepsOf('segment', 'nobody')).toEqual([]);
  });

  it('gives the curve of one trigger, per hour and per day', async () => {
    await store.add(place, [counted(0), counted(1), counted(2, { atMs: NOON_MS + 3_600_000 })]);
    const reader = new PostgresTimelines(pool);
    const asked = { fromMs: 1, toMs: NOON_MS * 2, kind: 'trigger', subject: 'cart-left' } as const;
    expect(await reader.series({ ...asked, every: 'hour' })).toEqual([
      { atMs: NOON_MS, outcome: 'fired', n: 2 },
      { atMs: NOON_MS + 3_600_000, outcome: 'fired', n: 1 },
    ]);
    expect(await reader.series({ ...asked, every: 'day' })).toEqual([
      { atMs: Date.UTC(2026, 10, 21), outcome: 'fired', n: 3 },
    ]);
    expect(await reader.series({ ...asked, subject: 'another' })).toEqual([]);
  });

  it('finds the firings after which the person did what was hoped for, in time', async () => {
    const did = (offset: number, personId: string, atMs: number): Counted => ({
      offset,
      origin: null,
      rollUp: {
        entry: {
          personId,
          atMs,
          kind: 'event',
          entryId: `e${offset}`,
          title: 'Order Completed',
          body: '{}',
          traceId: null,
        },
      },
    });
    const fired = (offset: number, personId: string, outcome = 'fired'): Counted => {
      const base = counted(offset);
      const entry = { ...(base.rollUp.entry as NonNullable<typeof base.rollUp.entry>), personId };
      return { ...base, rollUp: { entry: { ...entry, atMs: NOON_MS, body: JSON.stringify({ outcome }) } } };
    };
    await store.add(place, [
      ...[fired(0, 'user:in-time'), fired(1, 'user:late'), fired(2, 'user:before'), fired(3, 'user:never')],
      ...[fired(4, 'user:not-started', 'notStarted'), did(5, 'user:in-time', NOON_MS + 1_000)],
      ...[
        did(6, 'user:late', NOON_MS + 1_001),
        did(7, 'user:before', NOON_MS - 1),
        did(8, 'user:not-started', NOON_MS),
      ],
    ]);
    const reader = new PostgresTimelines(pool);
    const asked = [
      { triggerId: 'cart-left', event: 'Order Completed', withinMs: 1_000 },
      { triggerId: 'welcome', event: 'Order Completed', withinMs: 1_000 },
    ];
    const all = { fromMs: NOON_MS, toMs: NOON_MS };
    expect(await reader.goals(asked, all)).toEqual([{ triggerId: 'cart-left', n: 1 }]);
    expect(await reader.goals(asked, { fromMs: NOON_MS + 1, toMs: NOON_MS * 2 })).toEqual([]);
    expect(await reader.goals([], all)).toEqual([]);
  });

  it('keeps a month per table, and drops what is older than 13 months', async () => {
    const oldMs = Date.UTC(2025, 8, 5);
    await store.add(place, [counted(0, { atMs: oldMs }), counted(1)]);
    expect(await new MonthPartitions(pool).dropOld(NOON_MS)).toEqual(['timeline_2025_09']);
    const entries = await new PostgresTimelines(pool).timeline(['user:1'], { limit: 10, beforeMs: null });
    expect(entries.map(({ atMs }) => atMs)).toEqual([NOON_MS + 1]);
  });
});
