import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { eventually, kairos, readHouse, repository } from './kit/house.ts';

const folder = path.resolve(repository, process.env['KAIROS_SHARED_DATA'] ?? '../shared/data', 'online-retail');
const withData = existsSync(folder) ? it : it.skip;
if (!existsSync(folder))
  process.stdout.write(`skipped: the Online Retail data is not at ${folder}; set KAIROS_SHARED_DATA\n`);

/** Net value of known customers, guests and adjustments together, to the penny. */
const expected = {
  known: '4372',
  knownNetValue: '8300065.81',
  guestOrders: '1427',
  guestRefunds: '182',
  guestNetValue: '1458744.18',
  adjustments: '-11062.06',
  together: '9747747.93',
};

/** Customers of the data have five digits, guests are `till:` and their invoice: nobody else in the house does. */
const figuresQuery = `
  with imported as (
    select person_id like 'user:%' as known, profile from metrics.persons
     where person_id ~ '^user:[0-9]{5}$' or person_id like 'anon:till:%'
  ), sums as (
    select count(*) filter (where known and (profile->>'orderCount')::int + (profile->>'refundCount')::int + (profile->>'eventCount')::int > 0) as known,
           coalesce(sum((profile->>'netValue')::numeric) filter (where known), 0) as known_net,
           coalesce(sum((profile->>'orderCount')::int) filter (where not known), 0) as guest_orders,
           coalesce(sum((profile->>'refundCount')::int) filter (where not known), 0) as guest_refunds,
           coalesce(sum((profile->>'netValue')::numeric) filter (where not known), 0) as guest_net,
           coalesce(sum((profile->>'adjustmentValue')::numeric), 0) as adjustments
      from imported
  )
  select known::text, round(known_net, 2)::text as "knownNetValue", guest_orders::text as "guestOrders",
         guest_refunds::text as "guestRefunds", round(guest_net, 2)::text as "guestNetValue",
         round(adjustments, 2)::text as adjustments, round(known_net + guest_net + adjustments, 2)::text as together
    from sums`;

const sentQuery = `
  select count(*)::int as n from metrics.timeline
   where (person_id ~ '^user:[0-9]{5}$' or person_id like 'anon:till:%')
     and (kind in ('decision', 'report') or (kind = 'trigger' and body->>'outcome' = 'fired'))`;

let pool: pg.Pool;
beforeAll(() => {
  pool = new pg.Pool({ connectionString: readHouse().postgres, max: 2 });
});
afterAll(() => pool.end());

const figures = async (): Promise<Record<string, string>> =>
  (await pool.query<Record<string, string>>(figuresQuery)).rows[0] ?? {};

describe('Online Retail (UCI, Chen et al. 2012, CC BY 4.0)', () => {
  withData(
    'comes in through the collector with the figures of its answer key, starts no conversation, and a second time changes nothing',
    async () => {
      const first = await kairos(['import', 'online-retail', folder, '--json'], { timeoutMs: 200_000 });
      process.stdout.write(`import: ${first.stdout}`);
      expect(first).toMatchObject({ code: 0 });
      expect(JSON.parse(first.stdout)).toMatchObject({ sent: 25_900, refused: 0 });
      await eventually(
        'the figures of the import',
        async () => (await figures())['together'] === expected.together,
        180_000,
      ).catch(() => undefined);
      expect(await figures()).toEqual(expected);

      const second = await kairos(['import', 'online-retail', folder, '--json'], { timeoutMs: 200_000 });
      expect(JSON.parse(second.stdout)).toMatchObject({ sent: 25_900, refused: 0 });
      await new Promise((resolve) => setTimeout(resolve, 15_000));
      expect(await figures()).toEqual(expected);
      expect((await pool.query<{ n: number }>(sentQuery)).rows[0]?.n).toBe(0);
    },
    500_000,
  );
});
