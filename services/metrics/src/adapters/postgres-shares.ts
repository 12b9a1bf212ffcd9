import type pg from 'pg';
import type { Dimension, RollUp, Share, Stand, TimelineEntry } from '../ports.ts';

const HOUR_MS = 3_600_000;
/** So many segments of a person are counted with one record; the others together, so that a large playbook costs no more. */
export const MAX_SEGMENTS = 20;
export const OTHER_SEGMENTS = '(other)';

/** What is counted, whoever it happened to. */
type Counter = Pick<Share, 'kind' | 'subject' | 'messageId' | 'channel' | 'outcome'>;

/** One counter of an hour: how often it counted for each segment, for new and returning persons, and for all. */
interface Sums {
  readonly hourMs: number;
  readonly counter: Counter;
  readonly by: Readonly<Record<Share['by'], Map<string, number>>>;
}

/** How the person of a record of a batch stood, by the record's number in it; undefined where nobody knows. */
export type StandOf = (at: number) => Stand | undefined;

/**
 * An event tells how its person stands; whatever else happens to the person counts as the last of the person's events before
 * it told: as `recall` has it, and as the timeline has it otherwise, where the events of the batch must be.
 */
export async function standsIn(
  client: pg.PoolClient,
  rollUps: readonly RollUp[],
  recall: (personId: string, atMs: number) => Stand | undefined,
): Promise<StandOf> {
  const known = await knownStands(client, rollUps, recall);
  return (at) => rollUps[at]?.stand ?? known.get(at);
}

/**
 * Adds the counts of a batch to those of each segment the person is in, and of new or returning persons, in the caller's
 * transaction.
 */
export async function writeShares(client: pg.PoolClient, rollUps: readonly RollUp[], standOf: StandOf): Promise<void> {
  const answers = await answersOf(client, rollUps);
  const all = new Map<string, Sums>();
  // This runs for each record and each of its segments: one key is built per record, and no object per segment.
  const sumsOf = (atMs: number, counter: Counter): Sums['by'] => {
    const hourMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
    const { kind, subject, messageId, channel, outcome } = counter;
    const key = `${hourMs}\n${kind}\n${subject}\n${messageId}\n${channel}\n${outcome}`;
    let sums = all.get(key);
    if (sums === undefined) {
      const copy = { kind, subject, messageId, channel, outcome };
      sums = { hourMs, counter: copy, by: { all: new Map(), ...newStandSums() } };
      all.set(key, sums);
    }
    return sums.by;
  };
  rollUps.forEach(({ count }, at) => {
    if (count === undefined) return;
    const stood = standOf(at);
    addStand(sumsOf(count.atMs, count), stood);
    const answer = answers.get(at);
    if (answer === undefined) return;
    const sums = sumsOf(count.atMs, { kind: 'answer', ...answer, outcome: count.subject });
    addStand(sums, stood);
    addOne(sums.all, '');
  });
  await upsert(client, all);
}

function addOne(sums: Map<string, number>, value: string): void {
  sums.set(value, (sums.get(value) ?? 0) + 1);
}

/** Counts of one counter per value of each dimension. */
export type StandSums = Readonly<Record<Dimension, Map<string, number>>>;

export const newStandSums = (): StandSums => ({ segment: new Map(), returning: new Map() });

export function addStand({ segment, returning }: StandSums, stand: Stand | undefined): void {
  const { segments = [], isReturning = null } = stand ?? {};
  addOne(returning, isReturning === null ? '' : isReturning ? 'returning' : 'new');
  if (segments.length === 0) addOne(segment, '');
  for (let at = 0; at < segments.length && at < MAX_SEGMENTS; at++) addOne(segment, segments[at] ?? '');
  if (segments.length > MAX_SEGMENTS) addOne(segment, OTHER_SEGMENTS);
}

/** How the persons of records that are no events stood, by the number of the record. */
async function knownStands(
  client: pg.PoolClient,
  rollUps: readonly RollUp[],
  recall: Parameters<typeof standsIn>[2],
): Promise<ReadonlyMap<number, Stand>> {
  const known = new Map<number, Stand>();
  const asked: { readonly at: number; readonly entry: TimelineEntry }[] = [];
  rollUps.forEach(({ entry, count, stand }, at) => {
    if (entry === undefined || count === undefined || stand !== undefined) return;
    const recalled = recall(entry.personId, entry.atMs);
    if (recalled === undefined) asked.push({ at, entry });
    else known.set(at, recalled);
  });
  if (asked.length === 0) return known;
  const { rows } = await client.query<{ n: string; segments: string[] | null; returning: boolean | null }>(
    `select asked.n::text as n, told.body->'segments' as segments, (told.body->>'isReturning')::boolean as returning
       from unnest($1::text[], $2::float8[]) with ordinality as asked(person_id, at_ms, n)
       join lateral (
         select t.body from metrics.timeline t
          where t.person_id = asked.person_id and t.kind = 'event' and t.at <= to_timestamp(asked.at_ms / 1000.0)
            and t.body ? 'segments'
          order by t.at desc limit 1) told on true`,
    [asked.map(({ entry }) => entry.personId), asked.map(({ entry }) => entry.atMs)],
  );
  for (const { n, segments, returning } of rows) {
    known.set(asked[Number(n) - 1]?.at ?? -1, { segments: segments ?? [], isReturning: returning });
  }
  return known;
}

/** Of events that answer a message: which trigger, message and channel it was. */
async function answersOf(
  client: pg.PoolClient,
  rollUps: readonly RollUp[],
): Promise<ReadonlyMap<number, Pick<Share, 'subject' | 'messageId' | 'channel'>>> {
  const asked = rollUps.flatMap(({ entry, candidateId }, at) =>
    entry === undefined || candidateId === undefined ? [] : [{ at, entry, candidateId }],
  );
  if (asked.length === 0) return new Map();
  const { rows } = await client.query<{ n: string; subject: string; messageId: string; channel: string | null }>(
    `select asked.n::text as n, said.body->>'triggerId' as subject, said.title as "messageId", said.body->>'channel' as channel
       from unnest($1::text[], $2::text[]) with ordinality as asked(person_id, candidate_id, n)
       join lateral (
         select t.title, t.body from metrics.timeline t
          where t.person_id = asked.person_id and t.kind in ('decision', 'report') and t.body->>'candidateId' = asked.candidate_id
          order by t.kind desc, t.at desc limit 1) said on true`,
    [asked.map(({ entry }) => entry.personId), asked.map(({ candidateId }) => candidateId)],
  );
  return new Map(
    rows.map(({ n, subject, messageId, channel }) => [
      asked[Number(n) - 1]?.at ?? -1,
      { subject, messageId, channel: channel ?? '' },
    ]),
  );
}

/** The counts of a row, those of the row that comes in added to them. */
export const countsWith = (table: 'metrics.shares' | 'metrics.journey_step_shares'): string => `${table}.counts || (
         select jsonb_object_agg(added.key, added.value::bigint + coalesce((${table}.counts->>added.key)::bigint, 0))
           from jsonb_each_text(excluded.counts) added)`;

async function upsert(client: pg.PoolClient, all: ReadonlyMap<string, Sums>): Promise<void> {
  if (all.size === 0) return;
  // In one order everywhere, so that two transactions never wait for each other in a circle.
  const rows = [...all]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { hourMs, counter, by }]) =>
      (['all', 'returning', 'segment'] as const).flatMap((dimension) => {
        const counts = by[dimension];
        return counts.size === 0 ? [] : [{ hourMs, dimension, ...counter, counts }];
      }),
    );
  await client.query(
    `insert into metrics.shares (hour, dimension, kind, subject, message_id, channel, outcome, counts)
     select to_timestamp(h / 1000.0), d, k, s, m, c, o, n::jsonb
       from unnest($1::float8[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
         as t(h, d, k, s, m, c, o, n)
     on conflict (hour, dimension, kind, subject, message_id, channel, outcome) do update
       set counts = ${countsWith('metrics.shares')}`,
    [
      rows.map(({ hourMs }) => hourMs),
      rows.map(({ dimension }) => dimension),
      rows.map(({ kind }) => kind),
      rows.map(({ subject }) => subject),
      rows.map(({ messageId }) => messageId),
      rows.map(({ channel }) => channel),
      rows.map(({ outcome }) => outcome),
      rows.map(({ counts }) => JSON.stringify(Object.fromEntries(counts))),
    ],
  );
}
