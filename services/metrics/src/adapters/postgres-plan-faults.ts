import type pg from 'pg';
import type { PlanFaultCount, RollUp } from '../ports.ts';

const DAY_MS = 86_400_000;
/** Names come from outside: beyond so many different faults of a day and source what is new is counted together. */
export const MAX_ROWS_A_DAY = 2_000;
export const OTHER = '(other)';

/** Adds the faults of a batch to the day's counts, in the caller's transaction. */
export async function writePlanFaults(client: pg.PoolClient, rollUps: readonly RollUp[]): Promise<void> {
  const sums = new Map<string, { fault: PlanFaultCount; n: number }>();
  for (const fault of rollUps.flatMap(({ planFaults = [] }) => planFaults)) {
    const dayMs = Math.floor(fault.atMs / DAY_MS) * DAY_MS;
    const key = JSON.stringify([dayMs, fault.source, fault.event, fault.field, fault.code, fault.outcome]);
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { fault: { ...fault, atMs: dayMs }, n: 1 });
    else sum.n += 1;
  }
  if (sums.size === 0) return;
  // In one order everywhere, so that two transactions never wait for each other in a circle.
  const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  await client.query(
    `with said as (
       select (to_timestamp(d / 1000.0) at time zone 'UTC')::date as day, s as source, e as event, f as field, c as code, o as outcome, n
         from unnest($1::float8[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[]) as t(d, s, e, f, c, o, n)
     ), full_days as (
       select day, source from metrics.plan_faults where (day, source) in (select day, source from said)
        group by day, source having count(*) >= $8
     ), placed as (
       select s.day, s.source, case when isnew then $9 else s.event end as event, case when isnew then $9 else s.field end as field,
              s.code, s.outcome, s.n
         from (select said.*, (day, source) in (select day, source from full_days) and not exists (
                 select 1 from metrics.plan_faults p where p.day = said.day and p.source = said.source and p.event = said.event
                    and p.field = said.field and p.code = said.code and p.outcome = said.outcome) as isnew
                 from said) s
     )
     insert into metrics.plan_faults (day, source, event, field, code, outcome, n)
     select day, source, event, field, code, outcome, sum(n) from placed
      group by day, source, event, field, code, outcome order by day, source, event, field, code, outcome
     on conflict (day, source, event, field, code, outcome) do update set n = metrics.plan_faults.n + excluded.n`,
    [
      rows.map(({ fault }) => fault.atMs),
      rows.map(({ fault }) => fault.source),
      rows.map(({ fault }) => fault.event),
      rows.map(({ fault }) => fault.field),
      rows.map(({ fault }) => fault.code),
      rows.map(({ fault }) => fault.outcome),
      rows.map(({ n }) => n),
      MAX_ROWS_A_DAY,
      OTHER,
    ],
  );
}

/** See `TimelineReader.planFaults`. */
export async function readPlanFaults(
  pool: pg.Pool,
  range: { readonly fromMs: number; readonly toMs: number },
): Promise<readonly (Omit<PlanFaultCount, 'atMs'> & { readonly n: number; readonly lastDayMs: number })[]> {
  const { rows } = await pool.query<Omit<PlanFaultCount, 'atMs'> & { n: string; last_ms: string }>(
    `select source, event, field, code, outcome, sum(n)::text as n,
            (extract(epoch from max(day)::timestamp at time zone 'UTC') * 1000)::bigint::text as last_ms
       from metrics.plan_faults
      where day >= (to_timestamp($1 / 1000.0) at time zone 'UTC')::date and day <= (to_timestamp($2 / 1000.0) at time zone 'UTC')::date
      group by source, event, field, code, outcome order by sum(n) desc, event, field, code, source, outcome limit 1000`,
    [range.fromMs, range.toMs],
  );
  return rows.map(({ n, last_ms, ...row }) => ({ ...row, n: Number(n), lastDayMs: Number(last_ms) }));
}
