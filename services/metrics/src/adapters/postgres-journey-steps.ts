import type pg from 'pg';
import type { JourneyStep, RollUp, TimelineReader } from '../ports.ts';
import { addStand, countsWith, newStandSums, type StandOf, type StandSums } from './postgres-shares.ts';

const HOUR_MS = 3_600_000;

/** One counter of an hour. */
interface Sum {
  readonly step: JourneyStep;
  n: number;
  readonly by: StandSums;
}

/**
 * Adds what persons did on journeys to the counts of all, of each segment, and of new and returning persons, in the caller's
 * transaction.
 */
export async function writeJourneySteps(
  client: pg.PoolClient,
  rollUps: readonly RollUp[],
  standOf: StandOf,
): Promise<void> {
  const sums = new Map<string, Sum>();
  rollUps.forEach(({ journeyStep }, at) => {
    if (journeyStep === undefined) return;
    const step = { ...journeyStep, atMs: Math.floor(journeyStep.atMs / HOUR_MS) * HOUR_MS };
    const { journeyId, atMs, version, step: where, does, outcome, way, code } = step;
    const key = JSON.stringify([journeyId, atMs, version, where, does, outcome, way, code]);
    const sum = sums.get(key) ?? { step, n: 0, by: newStandSums() };
    sums.set(key, sum);
    sum.n += 1;
    addStand(sum.by, standOf(at));
  });
  if (sums.size === 0) return;
  // In one order everywhere, so that two transactions never wait for each other in a circle.
  const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
  await writeCounts(client, rows);
  await writeShares(client, rows);
}

const columnsOf = (rows: readonly Pick<Sum, 'step'>[]): readonly (readonly (string | number)[])[] => [
  rows.map(({ step }) => step.atMs),
  rows.map(({ step }) => step.journeyId),
  rows.map(({ step }) => step.version),
  rows.map(({ step }) => step.step),
  rows.map(({ step }) => step.does),
  rows.map(({ step }) => step.outcome),
  rows.map(({ step }) => step.way),
  rows.map(({ step }) => step.code),
];

async function writeCounts(client: pg.PoolClient, rows: readonly Sum[]): Promise<void> {
  await client.query(
    `insert into metrics.journey_steps (hour, journey_id, version, step, does, outcome, way, code, n)
     select to_timestamp(h / 1000.0), j, v, s, d, o, w, c, n
       from unnest($1::float8[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[])
         as t(h, j, v, s, d, o, w, c, n)
     on conflict (journey_id, hour, version, step, does, outcome, way, code)
       do update set n = metrics.journey_steps.n + excluded.n`,
    [...columnsOf(rows), rows.map(({ n }) => n)],
  );
}

async function writeShares(client: pg.PoolClient, sums: readonly Sum[]): Promise<void> {
  const rows = sums.flatMap(({ step, by }) =>
    (['returning', 'segment'] as const).map((dimension) => ({ step, dimension, counts: by[dimension] })),
  );
  await client.query(
    `insert into metrics.journey_step_shares (hour, journey_id, version, step, does, outcome, way, code, dimension, counts)
     select to_timestamp(h / 1000.0), j, v, s, d, o, w, c, b, n::jsonb
       from unnest($1::float8[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
         as t(h, j, v, s, d, o, w, c, b, n)
     on conflict (journey_id, dimension, hour, version, step, does, outcome, way, code) do update
       set counts = ${countsWith('metrics.journey_step_shares')}`,
    [
      ...columnsOf(rows),
      rows.map(({ dimension }) => dimension),
      rows.map(({ counts }) => JSON.stringify(Object.fromEntries(counts))),
    ],
  );
}

/** See `TimelineReader.journeySteps`. */
export async function readJourneySteps(
  pool: pg.Pool,
  { fromMs, toMs, journeyId, of }: Parameters<TimelineReader['journeySteps']>[0],
): ReturnType<TimelineReader['journeySteps']> {
  const [from, n, more] =
    of === undefined
      ? ['metrics.journey_steps', 'n', '']
      : ['metrics.journey_step_shares', '(counts->>$5)::bigint', 'and dimension = $4 and counts ? $5'];
  const { rows } = await pool.query<Omit<JourneyStep, 'atMs'> & { n: string }>(
    `select journey_id as "journeyId", version, step, does, outcome, way, code, sum(${n})::text as n from ${from}
      where hour >= to_timestamp($1 / 1000.0) and hour <= to_timestamp($2 / 1000.0)
        and ($3::text is null or journey_id = $3) ${more}
      group by journey_id, version, step, does, outcome, way, code order by journey_id, version, step, outcome, way, code`,
    [fromMs, toMs, journeyId ?? null, ...(of === undefined ? [] : [of.by, of.value])],
  );
  return rows.map((row) => ({ ...row, n: Number(row.n) }));
}
