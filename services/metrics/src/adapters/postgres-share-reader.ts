import type pg from 'pg';
import type { Count, DimensionValue, Share, TimelineReader } from '../ports.ts';

type Range = { readonly fromMs: number; readonly toMs: number };

/** See `TimelineReader.shares`. */
export async function readShares(
  pool: pg.Pool,
  { fromMs, toMs, by, subject }: Parameters<TimelineReader['shares']>[0],
): Promise<readonly Share[]> {
  const { rows } = await pool.query<Omit<Share, 'n'> & { n: string }>(
    `select dimension as by, counted.key as value, kind, subject, message_id as "messageId", channel, outcome,
            sum(counted.value::bigint)::text as n
       from metrics.shares cross join lateral jsonb_each_text(counts) counted
      where dimension in ($3, 'all') and hour >= to_timestamp($1 / 1000.0) and hour <= to_timestamp($2 / 1000.0)
        and ($4::text is null or subject = $4)
      group by dimension, counted.key, kind, subject, message_id, channel, outcome
      order by counted.key, kind, subject, outcome`,
    [fromMs, toMs, by, subject ?? null],
  );
  return rows.map((row) => ({ ...row, n: Number(row.n) }));
}

/** Counts of one value of a dimension, as `TimelineReader.counts` gives those of all. */
export async function readCountsOf(
  pool: pg.Pool,
  { fromMs, toMs }: Range,
  of: DimensionValue,
): Promise<readonly (Omit<Count, 'atMs'> & { readonly n: number })[]> {
  const shares = await readShares(pool, { fromMs, toMs, by: of.by });
  return shares.flatMap(({ by, value, kind, n, ...share }) =>
    by !== of.by || value !== of.value || kind === 'answer' ? [] : [{ ...share, kind, code: '', source: '', n }],
  );
}

/** A curve of one value of a dimension. */
export async function readSeriesOf(
  pool: pg.Pool,
  { fromMs, toMs, kind, subject, every = 'hour' }: Parameters<TimelineReader['series']>[0],
  of: DimensionValue,
): ReturnType<TimelineReader['series']> {
  const { rows } = await pool.query<{ at: Date; outcome: string; n: string }>(
    `select date_trunc($4, hour, 'UTC') as at, outcome, sum((counts->>$7)::bigint)::text as n from metrics.shares
      where kind = $3 and hour >= to_timestamp($1 / 1000.0) and hour <= to_timestamp($2 / 1000.0)
        and ($5::text is null or subject = $5) and dimension = $6 and counts ? $7
      group by 1, outcome order by 1, outcome`,
    [fromMs, toMs, kind, every, subject ?? null, of.by, of.value],
  );
  return rows.map((row) => ({ atMs: row.at.getTime(), outcome: row.outcome, n: Number(row.n) }));
}

/** See `TimelineReader.segmentSizes`. */
export async function readSegmentSizes(pool: pg.Pool): ReturnType<TimelineReader['segmentSizes']> {
  const { rows } = await pool.query<{ id: string | null; persons: string }>(
    `select segment as id, count(*)::text as persons from metrics.persons, unnest(segments) as segment group by segment
      union all select null, count(*)::text from metrics.persons order by id nulls first`,
  );
  return {
    persons: Number(rows.find(({ id }) => id === null)?.persons ?? 0),
    segments: rows.flatMap(({ id, persons }) => (id === null ? [] : [{ id, persons: Number(persons) }])),
  };
}

/** See `TimelineReader.goalShares`. */
export async function readGoalShares(
  pool: pg.Pool,
  asked: Parameters<TimelineReader['goalShares']>[0],
  { fromMs, toMs, by }: Parameters<TimelineReader['goalShares']>[1],
): ReturnType<TimelineReader['goalShares']> {
  const { rows } = await pool.query<{ triggerId: string; value: string; n: string }>(
    `with reached as (
       select goal.trigger_id, fired.person_id, fired.at
         from unnest($1::text[], $2::text[], $3::float8[]) as goal(trigger_id, event, within_ms)
         join metrics.timeline fired on fired.kind = 'trigger' and fired.title = goal.trigger_id
          and fired.body->>'outcome' = 'fired'
          and fired.at >= to_timestamp($4 / 1000.0) and fired.at <= to_timestamp($5 / 1000.0)
        where exists (
          select 1 from metrics.timeline hoped
           where hoped.person_id = fired.person_id and hoped.kind = 'event' and hoped.title = goal.event
             and hoped.at >= fired.at and hoped.at <= fired.at + goal.within_ms * interval '1 millisecond')
     )
     select trigger_id as "triggerId", value, count(*)::text as n
       from reached
       left join lateral (
         select t.body from metrics.timeline t
          where t.person_id = reached.person_id and t.kind = 'event' and t.at <= reached.at and t.body ? 'segments'
          order by t.at desc limit 1) told on true
      cross join lateral (
         select jsonb_array_elements_text(told.body->'segments') as value
          where $6 = 'segment' and jsonb_array_length(coalesce(told.body->'segments', '[]')) > 0
         union all select '' where $6 = 'segment' and jsonb_array_length(coalesce(told.body->'segments', '[]')) = 0
         union all select case told.body->>'isReturning' when 'true' then 'returning' when 'false' then 'new' else '' end
          where $6 = 'returning') stood
      group by trigger_id, value order by trigger_id, value`,
    [
      asked.map(({ triggerId }) => triggerId),
      asked.map(({ event }) => event),
      asked.map(({ withinMs }) => withinMs),
      fromMs,
      toMs,
      by,
    ],
  );
  return rows.map(({ n, ...row }) => ({ ...row, n: Number(n) }));
}
