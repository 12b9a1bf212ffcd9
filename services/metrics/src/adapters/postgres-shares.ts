import type pg from 'pg';
import type { Dimension, RollUp, Share, Stand } from '../ports.ts';

const HOUR_MS = 3_600_000;
/** So many segments of a person are counted with one record; the others together, so that a large playbook costs no more. */
export const MAX_SEGMENTS = 20;
export const OTHER_SEGMENTS = '(other)';

/**
 * Adds the counts of a batch to those of each segment the person is in, and of new or returning persons, in the caller's
 * transaction. An event tells how its person stands; whatever else happens to the person counts as the last of the person's
 * events before it told. The events of the batch must be on the timeline by now.
 */
export async function writeShares(client: pg.PoolClient, rollUps: readonly RollUp[]): Promise<void> {
  const known = await knownStands(client, rollUps);
  const answers = await answersOf(client, rollUps);
  const sums = new Map<string, Share & { readonly hourMs: number; n: number }>();
  const add = (hourMs: number, share: Omit<Share, 'n'>): void => {
    const { by, value, kind, subject, messageId, channel, outcome } = share;
    const key = JSON.stringify([hourMs, by, value, kind, subject, messageId, channel, outcome]);
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { ...share, hourMs, n: 1 });
    else sum.n += 1;
  };
  rollUps.forEach((rollUp, at) => {
    const { count, stand = known.get(at) } = rollUp;
    if (count === undefined) return;
    const hourMs = Math.floor(count.atMs / HOUR_MS) * HOUR_MS;
    const { kind, subject, messageId, channel, outcome } = count;
    const values = valuesOf(stand);
    for (const one of values) add(hourMs, { ...one, kind, subject, messageId, channel, outcome });
    const answer = answers.get(at);
    if (answer === undefined) return;
    const of = { kind: 'answer' as const, ...answer, outcome: subject };
    for (const one of [{ by: 'all' as const, value: '' }, ...values]) add(hourMs, { ...one, ...of });
  });
  await upsert(client, sums);
}

function valuesOf(stand: Stand | undefined): readonly { readonly by: Dimension; readonly value: string }[] {
  const { segments = [], isReturning = null } = stand ?? {};
  const named = segments.length > MAX_SEGMENTS ? [...segments.slice(0, MAX_SEGMENTS), OTHER_SEGMENTS] : segments;
  const returning = isReturning === null ? '' : isReturning ? 'returning' : 'new';
  return [
    ...(named.length === 0 ? [''] : named).map((value) => ({ by: 'segment' as const, value })),
    { by: 'returning', value: returning },
  ];
}

/** How the persons of records that are no events stood, by the number of the record. */
async function knownStands(client: pg.PoolClient, rollUps: readonly RollUp[]): Promise<ReadonlyMap<number, Stand>> {
  const asked = rollUps.flatMap(({ entry, count, stand }, at) =>
    entry === undefined || count === undefined || stand !== undefined ? [] : [{ at, entry }],
  );
  if (asked.length === 0) return new Map();
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
  return new Map(
    rows.map(({ n, segments, returning }) => [
      asked[Number(n) - 1]?.at ?? -1,
      { segments: segments ?? [], isReturning: returning },
    ]),
  );
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

async function upsert(
  client: pg.PoolClient,
  sums: ReadonlyMap<string, Share & { readonly hourMs: number }>,
): Promise<void> {
  if (sums.size === 0) return;
  // In one order everywhere, so that two transactions never wait for each other in a circle.
  const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  await client.query(
    `insert into metrics.shares (hour, dimension, value, kind, subject, message_id, channel, outcome, n)
     select to_timestamp(h / 1000.0), d, v, k, s, m, c, o, n
       from unnest($1::float8[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[])
         as t(h, d, v, k, s, m, c, o, n)
     on conflict (hour, dimension, value, kind, subject, message_id, channel, outcome)
       do update set n = metrics.shares.n + excluded.n`,
    [
      rows.map(({ hourMs }) => hourMs),
      rows.map(({ by }) => by),
      rows.map(({ value }) => value),
      rows.map(({ kind }) => kind),
      rows.map(({ subject }) => subject),
      rows.map(({ messageId }) => messageId),
      rows.map(({ channel }) => channel),
      rows.map(({ outcome }) => outcome),
      rows.map(({ n }) => n),
    ],
  );
}
