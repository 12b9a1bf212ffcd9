// length: one database and the counted things of all cases
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningStack, startTestStack } from '@kairos/local-stack';
import pg from 'pg';
import type { Counted, RollUp, Share } from '../ports.ts';
import { migrate } from './postgres-migrations.ts';
import { PostgresRollUps } from './postgres-roll-ups.ts';
import { MAX_SEGMENTS, OTHER_SEGMENTS } from './postgres-shares.ts';
import { PostgresTimelines } from './postgres-timelines.ts';

let stack: RunningStack;
let pool: pg.Pool;
let admin: pg.Pool;
const database = `shares_${process.pid}_${Date.now()}`;
const NOON_MS = Date.UTC(2026, 10, 21, 12);
const MINUTE = 60_000;

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

interface Told {
  readonly personId: string;
  readonly atMs: number;
}

let offset = 0;
const at = (rollUp: RollUp): Counted => {
  offset += 1;
  return { offset, origin: null, rollUp };
};
const count = (atMs: number) => ({ atMs, messageId: '', channel: '', code: '', source: '' });

const event = (
  { personId, atMs }: Told,
  more: { name?: string; segments?: readonly string[]; isReturning?: boolean | null; candidateId?: string } = {},
): Counted => {
  const { name = 'Looked', segments = [], isReturning = null, candidateId } = more;
  const body = { segments, ...(isReturning === null ? {} : { isReturning }) };
  return at({
    entry: {
      personId,
      atMs,
      kind: 'event',
      entryId: `e${offset}`,
      title: name,
      body: JSON.stringify(body),
      traceId: null,
    },
    count: { ...count(atMs), kind: 'event', subject: name, outcome: 'live' },
    stand: { segments, isReturning },
    ...(candidateId === undefined ? {} : { candidateId }),
  });
};

const fired = ({ personId, atMs }: Told, trigger: string): Counted =>
  at({
    entry: {
      personId,
      atMs,
      kind: 'trigger',
      entryId: `f${offset}`,
      title: trigger,
      body: '{"outcome":"fired"}',
      traceId: null,
    },
    count: { ...count(atMs), kind: 'trigger', subject: trigger, outcome: 'fired' },
  });

const chosen = ({ personId, atMs }: Told, trigger: string, candidateId: string): Counted => {
  const body = { candidateId, triggerId: trigger, channel: 'email', fate: 'chosen' };
  return at({
    entry: {
      personId,
      atMs,
      kind: 'decision',
      entryId: `d${offset}`,
      title: 'mail',
      body: JSON.stringify(body),
      traceId: null,
    },
    count: {
      ...count(atMs),
      kind: 'decision',
      subject: trigger,
      messageId: 'mail',
      channel: 'email',
      outcome: 'chosen',
    },
  });
};

const add = (topic: string, ...records: Counted[]) => new PostgresRollUps(pool).add({ topic, partition: 0 }, records);
const reader = () => new PostgresTimelines(pool);
const range = { fromMs: NOON_MS - 60 * MINUTE, toMs: NOON_MS + 600 * MINUTE };
const sharesOf = async (by: 'segment' | 'returning', subject: string): Promise<readonly string[]> =>
  (await reader().shares({ ...range, by, subject })).map(
    (one: Share) => `${one.by} ${one.value} ${one.kind} ${one.outcome} ${one.n}`,
  );

describe('counts per segment, and of new and returning persons', () => {
  it('an event counts in each segment that the person is in, and a firing where the last event before it told', async () => {
    await add(
      'events.enriched',
      event({ personId: 'user:1', atMs: NOON_MS }, { segments: ['big', 'fresh'], isReturning: true }),
      event({ personId: 'user:2', atMs: NOON_MS }, { isReturning: false }),
      event({ personId: 'user:1', atMs: NOON_MS + 10 * MINUTE }, { segments: ['big'], isReturning: true }),
    );
    await add(
      'triggers.detected',
      fired({ personId: 'user:1', atMs: NOON_MS + 5 * MINUTE }, 'cart-left'),
      fired({ personId: 'user:1', atMs: NOON_MS + 11 * MINUTE }, 'cart-left'),
      fired({ personId: 'user:2', atMs: NOON_MS + 5 * MINUTE }, 'cart-left'),
      fired({ personId: 'user:3', atMs: NOON_MS + 5 * MINUTE }, 'cart-left'),
    );
    expect(await sharesOf('segment', 'Looked')).toEqual([
      'segment  event live 1',
      'segment big event live 2',
      'segment fresh event live 1',
    ]);
    expect(await sharesOf('segment', 'cart-left')).toEqual([
      'segment  trigger fired 2',
      'segment big trigger fired 2',
      'segment fresh trigger fired 1',
    ]);
    expect(await sharesOf('returning', 'cart-left')).toEqual([
      'returning  trigger fired 1',
      'returning new trigger fired 1',
      'returning returning trigger fired 2',
    ]);
    const all = (await reader().counts(range)).filter(({ subject }) => subject === 'cart-left');
    expect(all.map(({ n }) => n)).toEqual([4]);
    const ofBig = await reader().counts({ ...range, of: { by: 'segment', value: 'big' } });
    expect(ofBig.filter(({ subject }) => subject === 'cart-left')).toMatchObject([{ kind: 'trigger', n: 2 }]);
    const curve = { ...range, kind: 'trigger', subject: 'cart-left', of: { by: 'returning', value: 'new' } } as const;
    expect(await reader().series(curve)).toEqual([{ atMs: NOON_MS, outcome: 'fired', n: 1 }]);
  });

  it('an answer counts for the trigger of its message, for all and per value', async () => {
    const who = { personId: 'user:10', atMs: NOON_MS };
    await add('events.enriched', event(who, { segments: ['big'], isReturning: false }));
    await add('messages.decided', chosen({ ...who, atMs: NOON_MS + MINUTE }, 'clicked', 'c1'));
    const click = { name: 'Email Link Clicked', segments: ['big'], isReturning: false, candidateId: 'c1' };
    await add('events.enriched', event({ ...who, atMs: NOON_MS + 2 * MINUTE }, click));
    expect((await sharesOf('segment', 'clicked')).toSorted()).toEqual([
      'all  answer Email Link Clicked 1',
      'segment big answer Email Link Clicked 1',
      'segment big decision chosen 1',
    ]);
  });

  it('a goal counts as the person stood when the trigger fired', async () => {
    const who = { personId: 'user:20', atMs: NOON_MS };
    await add('events.enriched', event(who, { segments: ['big'], isReturning: false }));
    await add('triggers.detected', fired({ ...who, atMs: NOON_MS + MINUTE }, 'hoping'));
    await add(
      'events.enriched',
      event({ ...who, atMs: NOON_MS + 3 * MINUTE }, { name: 'Bought', segments: ['fresh'], isReturning: true }),
    );
    const asked = [{ triggerId: 'hoping', event: 'Bought', withinMs: 10 * MINUTE }];
    expect(await reader().goals(asked, range)).toEqual([{ triggerId: 'hoping', n: 1 }]);
    expect(await reader().goalShares(asked, { ...range, by: 'segment' })).toEqual([
      { triggerId: 'hoping', value: 'big', n: 1 },
    ]);
    expect(await reader().goalShares(asked, { ...range, by: 'returning' })).toEqual([
      { triggerId: 'hoping', value: 'new', n: 1 },
    ]);
  });

  it('counts each record once, and of many segments a bounded number', async () => {
    const segments = Array.from({ length: MAX_SEGMENTS + 30 }, (_, number) => `s${number}`);
    const record = event({ personId: 'user:30', atMs: NOON_MS }, { name: 'Crowded', segments });
    await add('events.enriched', record);
    await add('events.enriched', record);
    const shares = await reader().shares({ ...range, by: 'segment', subject: 'Crowded' });
    expect(shares).toHaveLength(MAX_SEGMENTS + 1);
    expect(shares.map(({ n }) => n)).toEqual(new Array(MAX_SEGMENTS + 1).fill(1));
    expect(shares.find(({ value }) => value === OTHER_SEGMENTS)).toBeDefined();
  });

  it('asks the timeline only for persons whose events this process did not count, and counts the same either way', async () => {
    const statements: string[] = [];
    const counting = new pg.Pool({ ...pool.options, max: 1 });
    counting.on('error', () => {});
    counting.on('connect', (client) => {
      client.on('error', () => {});
      const query = client.query.bind(client) as (...args: unknown[]) => unknown;
      Object.assign(client, {
        query: (...args: unknown[]) => {
          statements.push(String(args[0]));
          return query(...args);
        },
      });
    });
    const [mine, theirs] = [new PostgresRollUps(counting), new PostgresRollUps(pool)];
    const events = { topic: 'events.enriched', partition: 40 };
    const triggers = { topic: 'triggers.detected', partition: 40 };
    const person = (id: number, minute: number) => ({ personId: `user:4${id}`, atMs: NOON_MS + minute * MINUTE });
    const spent = async (add: Promise<unknown>): Promise<readonly string[]> => {
      statements.length = 0;
      await add;
      // The month's partition is made once.
      const each = statements.filter((text) => !text.includes('create table'));
      return each.map((text) => /shares|timeline|counts|asked/.exec(text)?.[0] ?? 'other');
    };
    try {
      const crowd = Array.from({ length: 200 }, (_, at) =>
        event(person(at % 20, at / 100), { name: 'Came', segments: [`s${at % 7}`, 'all'], isReturning: at % 2 === 0 }),
      );
      const few = ['other', 'other', 'timeline', 'shares', 'counts', 'other', 'other'];
      // Its first time, a place is looked for, made, and looked for again.
      const first = ['other', 'other', ...few];
      expect(await spent(mine.add(events, crowd))).toEqual(first);
      const firings = Array.from({ length: 200 }, (_, at) => fired(person(at % 20, 3 + at / 100), `came-${at % 5}`));
      expect(await spent(mine.add(triggers, firings))).toEqual(first);
      await theirs.add(events, [event(person(0, 4), { segments: ['moved'] })]);
      const later = [fired(person(0, 5), 'came-later'), fired(person(1, 5), 'came-later')];
      expect(await spent(mine.add(triggers, later))).toEqual(few.toSpliced(3, 0, 'asked'));
      expect(await sharesOf('segment', 'came-later')).toEqual([
        'segment all trigger fired 1',
        'segment moved trigger fired 1',
        expect.stringMatching(/^segment s\d trigger fired 1$/),
      ]);
      await theirs.add(
        { ...triggers, partition: 41 },
        firings.map(({ rollUp }) => at(rollUp)),
      );
      const twice = await reader().shares({ ...range, by: 'segment', subject: 'came-3' });
      expect(twice.reduce((sum, { n }) => sum + n, 0)).toBe(2 * 2 * 40);
      expect(twice.map(({ n }) => n % 2)).toEqual(twice.map(() => 0));
    } finally {
      await counting.end();
    }
  });

  it('counts a firing as the event that caused it told, though the firing is read first', async () => {
    const store = new PostgresRollUps(pool);
    const who = { personId: 'user:50', atMs: NOON_MS };
    const cause = event(who, { segments: ['just-now'] });
    const firing = fired(who, 'early');
    const origin = { source: 'events.enriched/42', offset: cause.offset, number: 0 };
    const early = store.add({ topic: 'triggers.detected', partition: 42 }, [{ ...firing, origin }]);
    await delay(100);
    await store.add({ topic: 'events.enriched', partition: 42 }, [cause]);
    await early;
    expect(await sharesOf('segment', 'early')).toEqual(['segment just-now trigger fired 1']);
    const lost = { ...origin, offset: cause.offset + 1_000 };
    const late = { ...fired({ ...who, atMs: NOON_MS + 1 }, 'never-caused'), origin: lost };
    await store.add({ topic: 'triggers.detected', partition: 42 }, [late]);
    expect(await sharesOf('segment', 'never-caused')).toEqual(['segment just-now trigger fired 1']);
  });

  it('keeps what was counted before the values of an hour were put into one row', async () => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      await client.query('drop table metrics.shares');
      const sql = (name: string) => readFileSync(new URL(`../../migrations/${name}`, import.meta.url), 'utf8');
      await client.query(sql('0004-shares.sql'));
      await client.query(`insert into metrics.shares values
        ('2026-11-21T12:00Z', 'segment', 'big', 'event', 'Old', '', '', 'live', 3),
        ('2026-11-21T12:00Z', 'segment', '', 'event', 'Old', '', '', 'live', 4),
        ('2026-11-21T13:00Z', 'segment', 'big', 'event', 'Old', '', '', 'live', 5)`);
      await client.query(sql('0005-shares-together.sql'));
      const { rows } = await client.query('select counts from metrics.shares order by hour');
      expect(rows).toEqual([{ counts: { '': 4, big: 3 } }, { counts: { big: 5 } }]);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });

  it('knows how many persons each segment has', async () => {
    const person = (id: string, segments: readonly string[]): Counted =>
      at({
        person: {
          origin: null,
          personId: id,
          profile: '{}',
          segments: [...segments],
          changedAtMs: NOON_MS,
          movedTo: null,
        },
      });
    await add('profiles.changed', person('user:1', ['big', 'fresh']), person('user:2', ['big']), person('user:3', []));
    expect(await reader().segmentSizes()).toEqual({
      persons: 3,
      segments: [
        { id: 'big', persons: 2 },
        { id: 'fresh', persons: 1 },
      ],
    });
  });
});
