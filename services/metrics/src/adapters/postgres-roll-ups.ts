import type pg from 'pg';
import type { Count, Counted, Place, RollUp, RollUpStore, TimelineEntry } from '../ports.ts';
import { type Work, waitForCauses } from './postgres-causes.ts';
import { writeJourneySteps } from './postgres-journey-steps.ts';
import { MonthPartitions } from './postgres-months.ts';
import { writePlanFaults } from './postgres-plan-faults.ts';
import { isRepeat, lockPosition, movePosition, TELLS_STANDS } from './postgres-positions.ts';
import { standsIn, writeShares } from './postgres-shares.ts';
import { RecentStands } from './recent-stands.ts';

/** Roll-ups in Postgres: positions, origins and rows move in one transaction. */
export class PostgresRollUps implements RollUpStore {
  readonly #pool: pg.Pool;
  readonly #months: MonthPartitions;
  readonly #stands = new RecentStands();

  constructor(pool: pg.Pool, months: MonthPartitions = new MonthPartitions(pool)) {
    this.#pool = pool;
    this.#months = months;
  }

  async add(place: Place, batch: readonly Counted[]): Promise<{ added: number; repeats: number }> {
    // Partitions of the timeline are made outside of the transaction: they must outlive a rollback and never wait for one.
    const entries = batch.flatMap(rollUpsOf).flatMap(({ entry }) => entry ?? []);
    await this.#months.ensure(entries.map(({ atMs }) => atMs));
    await waitForCauses(this.#pool, { place, batch, stands: this.#stands });
    const client = await this.#pool.connect();
    try {
      await client.query('begin');
      const { rollUps, added, moved, repeats } = await addInTransaction(client, { place, batch, stands: this.#stands });
      await client.query('commit');
      client.release();
      // Only what is committed is remembered: after a failure the memory ends before the position, and is not used.
      if (place.topic === TELLS_STANDS && moved !== null) this.#stands.note(place.partition, moved, rollUps);
      return { added, repeats };
    } catch (error) {
      // A broken connection can't roll back; it is thrown away, and the server rolls back by itself.
      await client.query('rollback').catch(() => undefined);
      client.release(true);
      throw error;
    }
  }

  async positions(topic: string): Promise<ReadonlyMap<number, number>> {
    const { rows } = await this.#pool.query<{ partition: number; next_offset: string }>(
      'select partition, next_offset from metrics.positions where topic = $1',
      [topic],
    );
    return new Map(rows.map((row) => [row.partition, Number(row.next_offset)]));
  }
}

interface Added {
  readonly rollUps: readonly RollUp[];
  /** Records, as opposed to what they say: a journey's move is one. */
  readonly added: number;
  readonly repeats: number;
  /** How far the position moved; null where it did not. */
  readonly moved: { readonly from: number; readonly to: number } | null;
}

async function addInTransaction(client: pg.PoolClient, { place, batch, stands }: Work): Promise<Added> {
  const position = await lockPosition(client, place);
  const fresh: Counted[] = [];
  let repeats = 0;
  for (const counted of batch) {
    if (counted.offset < position.nextOffset) continue;
    if (isRepeat(counted, position.origins)) repeats++;
    else fresh.push(counted);
  }
  const rollUps = await withoutKnownReports(client, fresh);
  await writeTimeline(client, rollUps);
  // A person's records have the same partition on every topic.
  const told = { partition: place.partition, countedTo: position.stands };
  const standOf = await standsIn(client, rollUps, (personId, atMs) => stands.of(told, personId, atMs));
  await writePersons(client, rollUps);
  await writeLinks(client, rollUps);
  // What all partitions count in comes last: from here to the commit they wait for each other. Everywhere in this order.
  await writePlanFaults(client, rollUps);
  await writeJourneySteps(client, rollUps, standOf);
  await writeShares(client, rollUps, standOf);
  await writeCounts(client, rollUps);
  await writeWatermark(client, place.partition, rollUps);
  const known = fresh.flatMap(rollUpsOf).length - rollUps.length;
  const all = { rollUps, added: fresh.length - known, repeats: repeats + known };
  const last = batch.at(-1);
  if (last === undefined || last.offset < position.nextOffset) return { ...all, moved: null };
  await movePosition(client, place, { nextOffset: last.offset + 1, origins: position.origins });
  return { ...all, moved: { from: position.nextOffset, to: last.offset + 1 } };
}

/** All that a record says. */
const rollUpsOf = ({ rollUp, more = [] }: Counted): readonly RollUp[] => [rollUp, ...more];

/** Reports carry no origin: a repeat has the same report id, which the timeline knows. */
async function withoutKnownReports(client: pg.PoolClient, fresh: readonly Counted[]): Promise<RollUp[]> {
  const all = fresh.flatMap(rollUpsOf);
  const reports = all.flatMap(({ entry }) => (entry?.kind === 'report' ? [entry] : []));
  if (reports.length === 0) return all;
  const { rows } = await client.query<{ entry_id: string }>(
    `select t.entry_id from metrics.timeline t
       join unnest($1::text[], $2::text[]) as r(person_id, entry_id) on t.person_id = r.person_id and t.entry_id = r.entry_id
      where t.kind = 'report'`,
    [reports.map((entry) => entry.personId), reports.map((entry) => entry.entryId)],
  );
  const known = new Set(rows.map((row) => row.entry_id));
  const rollUps: RollUp[] = [];
  for (const rollUp of all) {
    if (rollUp.entry?.kind === 'report') {
      if (known.has(rollUp.entry.entryId)) continue;
      known.add(rollUp.entry.entryId);
    }
    rollUps.push(rollUp);
  }
  return rollUps;
}

async function writeTimeline(client: pg.PoolClient, rollUps: readonly RollUp[]): Promise<void> {
  const entries: TimelineEntry[] = rollUps.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
  if (entries.length === 0) return;
  await client.query(
    `insert into metrics.timeline (person_id, at, kind, entry_id, title, body, trace_id)
     select person_id, to_timestamp(at_ms / 1000.0), kind, entry_id, title, body::jsonb, trace_id
       from unnest($1::text[], $2::float8[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
         as t(person_id, at_ms, kind, entry_id, title, body, trace_id)
     on conflict do nothing`,
    [
      entries.map((entry) => entry.personId),
      entries.map((entry) => entry.atMs),
      entries.map((entry) => entry.kind),
      entries.map((entry) => entry.entryId),
      entries.map((entry) => entry.title),
      entries.map((entry) => withoutNul(entry.body)),
      entries.map((entry) => entry.traceId),
    ],
  );
}

/** Postgres can't hold U+0000 in jsonb; it is shown as a space. */
const withoutNul = (json: string): string => json.replaceAll('\\u0000', ' ');

const HOUR_MS = 3_600_000;

async function writeCounts(client: pg.PoolClient, rollUps: readonly RollUp[]): Promise<void> {
  const sums = new Map<string, { count: Count; n: number }>();
  for (const { count } of rollUps) {
    if (count === undefined) continue;
    const hourMs = Math.floor(count.atMs / HOUR_MS) * HOUR_MS;
    const key = JSON.stringify([
      hourMs,
      count.kind,
      count.subject,
      count.messageId,
      count.channel,
      count.outcome,
      count.code,
      count.source,
    ]);
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { count: { ...count, atMs: hourMs }, n: 1 });
    else sum.n++;
  }
  if (sums.size === 0) return;
  // In one order everywhere, so that two transactions never wait for each other in a circle.
  const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  await client.query(
    `insert into metrics.counts (hour, kind, subject, message_id, channel, outcome, code, source, n)
     select to_timestamp(h / 1000.0), k, s, m, c, o, d, r, n
       from unnest($1::float8[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[])
         as t(h, k, s, m, c, o, d, r, n)
     on conflict (hour, kind, subject, message_id, channel, outcome, code, source) do update set n = metrics.counts.n + excluded.n`,
    [
      rows.map(({ count }) => count.atMs),
      rows.map(({ count }) => count.kind),
      rows.map(({ count }) => count.subject),
      rows.map(({ count }) => count.messageId),
      rows.map(({ count }) => count.channel),
      rows.map(({ count }) => count.outcome),
      rows.map(({ count }) => count.code),
      rows.map(({ count }) => count.source),
      rows.map(({ n }) => n),
    ],
  );
}

async function writePersons(client: pg.PoolClient, rollUps: readonly RollUp[]): Promise<void> {
  const latest = new Map(
    rollUps.flatMap(({ person }) => (person === undefined ? [] : [[person.personId, person] as const])),
  );
  if (latest.size === 0) return;
  const persons = [...latest.values()].filter(({ movedTo }) => movedTo === null);
  const moved = [...latest.values()].flatMap(({ personId, movedTo }) => (movedTo === null ? [] : [personId]));
  if (moved.length > 0) await client.query('delete from metrics.persons where person_id = any($1)', [moved]);
  if (persons.length === 0) return;
  await client.query(
    `insert into metrics.persons (person_id, profile, segments, changed_at)
     select person_id, profile::jsonb, array(select jsonb_array_elements_text(segments::jsonb)), to_timestamp(at_ms / 1000.0)
       from unnest($1::text[], $2::text[], $3::text[], $4::float8[]) as t(person_id, profile, segments, at_ms)
     on conflict (person_id) do update
       set profile = excluded.profile, segments = excluded.segments, changed_at = excluded.changed_at`,
    [
      persons.map((person) => person.personId),
      persons.map((person) => withoutNul(person.profile)),
      persons.map((person) => JSON.stringify(person.segments)),
      persons.map((person) => person.changedAtMs),
    ],
  );
}

async function writeLinks(client: pg.PoolClient, rollUps: readonly RollUp[]): Promise<void> {
  for (const { link } of rollUps) {
    if (link === undefined) continue;
    await client.query(
      'insert into metrics.links (from_person_id, to_person_id, at) values ($1, $2, to_timestamp($3 / 1000.0)) on conflict do nothing',
      [link.fromPersonId, link.toPersonId, link.atMs],
    );
  }
}

async function writeWatermark(client: pg.PoolClient, partition: number, rollUps: readonly RollUp[]): Promise<void> {
  const timeMs = rollUps.reduce((latest, rollUp) => Math.max(latest, rollUp.timeMs ?? -1), -1);
  if (timeMs < 0) return;
  await client.query(
    `insert into metrics.watermarks (partition, time_ms) values ($1, $2)
     on conflict (partition) do update set time_ms = greatest(metrics.watermarks.time_ms, excluded.time_ms)`,
    [partition, timeMs],
  );
}
