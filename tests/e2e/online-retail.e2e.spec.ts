import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { cli, eventually, homeOfTests, kairos, openLog, readHouse, repository } from './kit/house.ts';

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
let scratch: string;
beforeAll(() => {
  pool = new pg.Pool({ connectionString: readHouse().postgres, max: 2 });
  scratch = mkdtempSync(path.join(tmpdir(), 'kairos-online-retail-'));
});
afterAll(async () => {
  await pool.end();
  rmSync(scratch, { recursive: true, force: true });
});

const figures = async (): Promise<Record<string, string>> =>
  (await pool.query<Record<string, string>>(figuresQuery)).rows[0] ?? {};

/** The data lies where nothing may be written. */
const command = (): readonly string[] => [
  'import',
  'online-retail',
  folder,
  ...['--journal', path.join(scratch, 'journal.json'), '--report', path.join(scratch, 'refused.csv'), '--json'],
];

const itemsDone = (): number => {
  const file = path.join(scratch, 'journal.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { items: number }).items : 0;
};

/**
 * Starts the import and kills it without warning once a third is done, and where it hurts: with events on the log of which
 * the journal does not know. Answers how far the journal had come.
 */
async function importAndKill(): Promise<number> {
  const { kafka, close } = await openLog();
  const onLog = async (): Promise<number> =>
    [...(await kafka.offsets('events.collected')).values()].reduce((sum, { end }) => sum + end, 0);
  try {
    const before = await onLog();
    const env = { ...process.env, KAIROS_HOME: homeOfTests(), NODE_OPTIONS: '' };
    const child = spawn(process.execPath, [cli, ...command()], { env, stdio: 'ignore' });
    const ended = once(child, 'exit');
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    const isAhead = async (): Promise<boolean> => {
      const items = itemsDone();
      return items >= 8_000 && (await onLog()) - before - items >= 200;
    };
    while (!isOver && !(await isAhead())) await delay(2);
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect((await onLog()) - before).toBeGreaterThan(itemsDone());
    return itemsDone();
  } finally {
    await close();
  }
}

interface Told {
  readonly rows: number;
  readonly rowsWithoutCustomer: number;
  readonly refunds: number;
  readonly customers: number;
  readonly invoices: number;
  readonly timesTold: number;
}

/** What the log holds of the import, counted from the events that took effect. */
async function countEnriched(): Promise<Told> {
  const { kafka, serde, close } = await openLog();
  const times = new Map<string, number>();
  const customers = new Set<string>();
  const sums = { rows: 0, rowsWithoutCustomer: 0, refunds: 0 };
  try {
    const count = await kafka.partitionCount('events.enriched');
    const decoding: Promise<void>[] = [];
    const add = async (value: Buffer): Promise<void> => {
      const { event } = await serde.decode('events.enriched', value);
      if (!event?.messageId.startsWith('online-retail:')) return;
      times.set(event.messageId, (times.get(event.messageId) ?? 0) + 1);
      const { products } = JSON.parse(event.properties) as { products: readonly object[] };
      sums.rows += products.length;
      if (event.personId.startsWith('anon:')) sums.rowsWithoutCustomer += products.length;
      else customers.add(event.personId);
      if (event.name === 'Order Refunded') sums.refunds += 1;
    };
    const reader = await kafka.read({
      topic: 'events.enriched',
      partitions: Array.from({ length: count }, (_, partition) => partition),
      onRecords: (records) => {
        for (const { value } of records) if (value !== null) decoding.push(add(value));
      },
    });
    await reader.done;
    await Promise.all(decoding);
  } finally {
    await close();
  }
  const timesTold = Math.max(0, ...times.values());
  return { ...sums, customers: customers.size, invoices: times.size, timesTold };
}

const told: Told = {
  rows: 541_909,
  rowsWithoutCustomer: 135_080,
  refunds: 3_836,
  customers: 4_372,
  invoices: 25_900,
  timesTold: 1,
};

describe('Online Retail (UCI, Chen et al. 2012, CC BY 4.0)', () => {
  withData(
    'comes in with the figures of its answer key though the import is killed in the middle, no row twice, starts no conversation, and a second time changes nothing',
    async () => {
      const doneBefore = await importAndKill();
      expect(doneBefore).toBeGreaterThanOrEqual(8_000);
      expect(doneBefore).toBeLessThan(25_900);

      const rest = await kairos(command(), { timeoutMs: 200_000 });
      process.stdout.write(`import: ${rest.stdout}`);
      expect(rest).toMatchObject({ code: 0 });
      expect(JSON.parse(rest.stdout)).toMatchObject({
        rows: 541_909,
        sent: 25_900,
        refused: 0,
        continuedAfter: doneBefore,
      });
      await eventually(
        'the figures of the import',
        async () => (await figures()).together === expected.together,
        180_000,
      ).catch(() => undefined);
      expect(await figures()).toEqual(expected);

      const again = await kairos([...command(), '--from-start'], { timeoutMs: 200_000 });
      expect(JSON.parse(again.stdout)).toMatchObject({ sent: 25_900, refused: 0, continuedAfter: 0 });
      await delay(15_000);
      expect(await figures()).toEqual(expected);
      expect(await countEnriched()).toEqual(told);
      expect((await pool.query<{ n: number }>(sentQuery)).rows[0]?.n).toBe(0);
    },
    500_000,
  );
});
