import type pg from 'pg';
import type { Count, GoalAsked, Link, PersonSummary, PlanFaultCount, StoredEntry, TimelineReader } from '../ports.ts';
import { readJourneySteps } from './postgres-journey-steps.ts';
import { readPlanFaults } from './postgres-plan-faults.ts';
import { readCountsOf, readGoalShares, readSegmentSizes, readSeriesOf, readShares } from './postgres-share-reader.ts';

interface PersonRow {
  readonly person_id: string;
  readonly profile: unknown;
  readonly segments: string[];
  readonly changed_at: Date;
}

const toPerson = (row: PersonRow): PersonSummary => ({
  personId: row.person_id,
  profile: row.profile,
  segments: row.segments,
  changedAtMs: row.changed_at.getTime(),
});

/** What people ask of the roll-ups and timelines. */
export class PostgresTimelines implements TimelineReader {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async persons(search: string, limit: number): Promise<readonly PersonSummary[]> {
    const like = `%${search.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
    const { rows } = await this.#pool.query<PersonRow>(
      // A list is for finding somebody; how consent came about is told of one.
      `select person_id, profile - 'consentHistory' as profile, segments, changed_at from metrics.persons
        where $1 = '%%' or person_id ilike $1 or profile->>'email' ilike $1
           or concat_ws(' ', profile->>'firstName', profile->>'lastName') ilike $1
        order by changed_at desc limit $2`,
      [like, limit],
    );
    return rows.map(toPerson);
  }

  async person(personId: string): Promise<PersonSummary | null> {
    const { rows } = await this.#pool.query<PersonRow>(
      'select person_id, profile, segments, changed_at from metrics.persons where person_id = $1',
      [personId],
    );
    return rows[0] === undefined ? null : toPerson(rows[0]);
  }

  async linked(personId: string): Promise<readonly Link[]> {
    const { rows } = await this.#pool.query<{ from_person_id: string; to_person_id: string; at: Date }>(
      // Where it leads to, and all that led there: pointers never form a loop.
      `with recursive ahead(id) as (
         select $1::text union select l.to_person_id from metrics.links l join ahead on l.from_person_id = ahead.id
       ), whole(id) as (
         select id from ahead union select l.from_person_id from metrics.links l join whole on l.to_person_id = whole.id
       )
       select from_person_id, to_person_id, at from metrics.links
        where from_person_id in (select id from whole) order by at`,
      [personId],
    );
    return rows.map((row) => ({
      fromPersonId: row.from_person_id,
      toPersonId: row.to_person_id,
      atMs: row.at.getTime(),
    }));
  }

  async timeline(
    personIds: readonly string[],
    { limit, beforeMs }: { readonly limit: number; readonly beforeMs: number | null },
  ): Promise<readonly StoredEntry[]> {
    const { rows } = await this.#pool.query<{
      person_id: string;
      at: Date;
      kind: StoredEntry['kind'];
      entry_id: string;
      title: string;
      body: Record<string, unknown>;
      trace_id: string | null;
    }>(
      `select person_id, at, kind, entry_id, title, body, trace_id from metrics.timeline
        where person_id = any($1) and ($3::float8 is null or at < to_timestamp($3 / 1000.0))
        order by at desc, array_position(array['report','decision','trigger','event'], kind) limit $2`,
      [personIds, limit, beforeMs],
    );
    return rows.map((row) => ({
      personId: row.person_id,
      atMs: row.at.getTime(),
      kind: row.kind,
      entryId: row.entry_id,
      title: row.title,
      body: row.body,
      traceId: row.trace_id,
    }));
  }

  async counts({
    of,
    ...range
  }: Parameters<TimelineReader['counts']>[0]): Promise<readonly (Omit<Count, 'atMs'> & { readonly n: number })[]> {
    if (of !== undefined) return readCountsOf(this.#pool, range, of);
    const { rows } = await this.#pool.query<Omit<Count, 'atMs'> & { n: string }>(
      `select kind, subject, message_id as "messageId", channel, outcome, code, source, sum(n)::text as n
         from metrics.counts where hour >= to_timestamp($1 / 1000.0) and hour <= to_timestamp($2 / 1000.0)
        group by kind, subject, message_id, channel, outcome, code, source order by kind, subject, outcome, code`,
      [range.fromMs, range.toMs],
    );
    return rows.map((row) => ({ ...row, n: Number(row.n) }));
  }

  async series(asked: Parameters<TimelineReader['series']>[0]): ReturnType<TimelineReader['series']> {
    const { kind, fromMs, toMs, subject, of, every = 'hour' } = asked;
    if (of !== undefined) return readSeriesOf(this.#pool, asked, of);
    const { rows } = await this.#pool.query<{ at: Date; outcome: string; n: string }>(
      `select date_trunc($4, hour, 'UTC') as at, outcome, sum(n)::text as n from metrics.counts
        where kind = $3 and hour >= to_timestamp($1 / 1000.0) and hour <= to_timestamp($2 / 1000.0)
          and ($5::text is null or subject = $5)
        group by 1, outcome order by 1, outcome`,
      [fromMs, toMs, kind, every, subject ?? null],
    );
    return rows.map((row) => ({ atMs: row.at.getTime(), outcome: row.outcome, n: Number(row.n) }));
  }

  async journeySteps(range: Parameters<TimelineReader['journeySteps']>[0]): ReturnType<TimelineReader['journeySteps']> {
    return readJourneySteps(this.#pool, range);
  }

  async goals(
    asked: readonly GoalAsked[],
    { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  ): Promise<readonly { triggerId: string; n: number }[]> {
    const { rows } = await this.#pool.query<{ trigger_id: string; n: string }>(
      `select goal.trigger_id, count(*)::text as n
         from unnest($1::text[], $2::text[], $3::float8[]) as goal(trigger_id, event, within_ms)
         join metrics.timeline fired on fired.kind = 'trigger' and fired.title = goal.trigger_id
          and fired.body->>'outcome' = 'fired'
          and fired.at >= to_timestamp($4 / 1000.0) and fired.at <= to_timestamp($5 / 1000.0)
        where exists (
          select 1 from metrics.timeline hoped
           where hoped.person_id = fired.person_id and hoped.kind = 'event' and hoped.title = goal.event
             and hoped.at >= fired.at and hoped.at <= fired.at + goal.within_ms * interval '1 millisecond')
        group by goal.trigger_id order by goal.trigger_id`,
      [
        asked.map(({ triggerId }) => triggerId),
        asked.map(({ event }) => event),
        asked.map(({ withinMs }) => withinMs),
        fromMs,
        toMs,
      ],
    );
    return rows.map((row) => ({ triggerId: row.trigger_id, n: Number(row.n) }));
  }

  shares(asked: Parameters<TimelineReader['shares']>[0]): ReturnType<TimelineReader['shares']> {
    return readShares(this.#pool, asked);
  }

  segmentSizes(): ReturnType<TimelineReader['segmentSizes']> {
    return readSegmentSizes(this.#pool);
  }

  goalShares(...asked: Parameters<TimelineReader['goalShares']>): ReturnType<TimelineReader['goalShares']> {
    return readGoalShares(this.#pool, ...asked);
  }

  planFaults(range: {
    readonly fromMs: number;
    readonly toMs: number;
  }): Promise<readonly (Omit<PlanFaultCount, 'atMs'> & { readonly n: number; readonly lastDayMs: number })[]> {
    return readPlanFaults(this.#pool, range);
  }

  async watermarks(): Promise<readonly { partition: number; timeMs: number }[]> {
    const { rows } = await this.#pool.query<{ partition: number; time_ms: string }>(
      'select partition, time_ms from metrics.watermarks order by partition',
    );
    return rows.map((row) => ({ partition: row.partition, timeMs: Number(row.time_ms) }));
  }
}
