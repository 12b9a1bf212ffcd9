import { expect, it } from '@jest/globals';
import type { RehearsalReport } from '@kairos/contracts';
import { parsePlaybook, toPublished } from '@kairos/playbook';
import fc from 'fast-check';
import { readPlaybookFiles, starterFolder } from '../../house/publish.ts';
import { fileOf, rehearsedFiles, sideOf, T0 } from '../history.fixture.ts';
import { startInChannel } from './in-channel.fixture.ts';

const parsed = parsePlaybook(await readPlaybookFiles(starterFolder));
/** Drafts, too, and no shop of several sources: the more there is to decide, the more there is to agree on. */
const starter = toPublished(
  parsed.definitions.map((one) => ({ ...one, status: 'live' as const })),
  { offset: 0, timeScale: 1 },
);
const sides = [sideOf('A', 'defer'), { from: 'starter', published: starter }];

const MINUTE_MS = 60_000;

const events = fc.array(
  fc.record({
    name: fc.constantFrom('Product Added', 'Order Completed', 'Price Dropped', 'Product Viewed', 'Complaint Opened'),
    /** A browser, or none. */
    browser: fc.option(fc.nat({ max: 5 })),
    /** Who signed in, or nobody. */
    user: fc.option(fc.constantFrom('u0', 'u1', 'u2', 'u3', 'ü4', '顧客5')),
    /** An address that several may give. */
    email: fc.option(fc.nat({ max: 3 }), { freq: 4 }),
    card: fc.option(fc.nat({ max: 2 }), { freq: 6 }),
    laterMs: fc.constantFrom(0, 1, 999, MINUTE_MS, 40 * MINUTE_MS, 26 * 60 * MINUTE_MS),
    /** Behind the others, up to more than is put in order. */
    behindMs: fc.constantFrom(0, 0, 0, 90 * MINUTE_MS, 3 * 24 * 60 * MINUTE_MS),
    shape: fc.constantFrom('call', 'logged', 'nested', 'broken'),
  }),
  { minLength: 4, maxLength: 40 },
);

type Happened = ReturnType<typeof linesOf> extends readonly (infer L)[] ? L : never;

function linesOf(list: readonly (typeof events extends fc.Arbitrary<readonly (infer E)[]> ? E : never)[]) {
  let nowMs = T0;
  return list.map(({ name, browser, user, email, card, laterMs, behindMs, shape }, number) => {
    nowMs += laterMs;
    const atMs = nowMs - behindMs;
    const who = {
      ...(browser === null ? {} : { anonymousId: `b${browser}` }),
      ...(user === null ? {} : { userId: user }),
    };
    const traits = {
      ...(email === null ? {} : { email: `e${email}@shop.test` }),
      ...(card === null ? {} : { cardNumber: `77001${card}` }),
    };
    // Every other line is ASCII alone.
    const title = number % 2 === 0 ? {} : { title: 'Süße Grüße – 20 €' };
    const properties = { cart_id: `c${number % 3}`, total: 20 + number, score: number % 5, ...title };
    if (shape === 'broken') return `{"userId":"u1","occurredAtMs":${atMs},`;
    if (shape === 'logged') {
      const texts = { properties: JSON.stringify(properties), traits: JSON.stringify(traits), context: '{}' };
      const event = { messageId: `m${number}`, type: 'track', name, ...who, occurredAtMs: atMs, ...texts };
      return JSON.stringify({ ...event, source: 'server', sourceKind: 'server' });
    }
    // Names of fields where there are none.
    const said = shape === 'nested' ? { ...properties, userId: `u${number % 4}`, timestamp: 'yesterday' } : properties;
    return JSON.stringify({
      properties: said,
      type: 'track',
      event: name,
      ...who,
      messageId: `m${number}`,
      timestamp: new Date(atMs).toISOString(),
      context: { traits },
    });
  });
}

/** The lines in files of a few each: so some stand too far behind the others to take their place. */
const filesOf = (lines: readonly Happened[]): Promise<string[]> =>
  Promise.all(Array.from({ length: Math.ceil(lines.length / 5) }, (_, at) => fileOf(lines.slice(5 * at, 5 * at + 5))));

async function reportOf(files: readonly string[], workers: number): Promise<string> {
  const options = { persons: ['user:u1'], everyoneReachable: true, held: 3, workers, startWalker: startInChannel };
  return JSON.stringify(await rehearsedFiles(files, sides, options));
}

it('a rehearsal gives the same report, byte for byte, for any number of workers', async () => {
  const seen = { chosen: 0, unreadable: 0, persons: 0, late: 0 };
  await fc.assert(
    fc.asyncProperty(events, async (list) => {
      const files = await filesOf(linesOf(list));
      const alone = await reportOf(files, 1);
      for (const workers of [2, 3]) expect(await reportOf(files, workers)).toBe(alone);
      const { runs, events: about } = JSON.parse(alone) as RehearsalReport;
      for (const { totals, persons } of runs) {
        seen.chosen += totals.chosen;
        seen.persons += persons.all;
      }
      seen.unreadable += about.unreadable;
      seen.late += about.late;
    }),
    { numRuns: 90 },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
}, 120_000);
