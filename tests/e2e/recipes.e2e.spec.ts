import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Email } from 'postal-mime';
import { zoneByDay } from './kit/daytime.ts';
import { eventually, kairos, sendCall, timelineOf, unique } from './kit/house.ts';
import { mailsTo } from './kit/mailbox.ts';
import { publishRecipes, publishStarter } from './kit/recipes.ts';

// The morning of the recipes is set to one of the next minutes, where it is day; all else is as the starter has it.
const zone = zoneByDay();
const MINUTE_MS = 60_000;
/** Publishing, and making the persons known, must be over by then. */
const LEAD_MS = 20_000;
const morningMs = Math.ceil((Date.now() + LEAD_MS) / MINUTE_MS) * MINUTE_MS;

const wallOf = (atMs: number): { readonly date: string; readonly time: string } => {
  const [date = '', time = ''] = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  })
    .format(atMs)
    .split(' ');
  return { date, time };
};
const { date: today, time } = wallOf(morningMs);
const birthday = `1990${today.slice(4)}`;
const inThirtyDays = new Date(Date.parse(`${today}T00:00:00Z`) + 30 * 24 * 60 * MINUTE_MS).toISOString().slice(0, 10);

const ids = { away: unique('away'), fresh: unique('fresh'), regular: unique('regular'), both: unique('both') };
const addressOf = (userId: string): string => `${userId}@example.com`;

async function arrives(userId: string, firstName: string, traits: Record<string, unknown>): Promise<void> {
  const known = { email: addressOf(userId), firstName, timezone: zone, birthday, ...traits };
  expect((await sendCall('identify', { userId, traits: known })).status).toBe(200);
}

const marketingMails = async (userId: string): Promise<readonly Email[]> =>
  (await mailsTo(addressOf(userId))).filter(({ subject }) => subject?.startsWith('Thank you for') === false);

beforeAll(async () => {
  await publishRecipes({
    timeScale: 1,
    change: (file, text) => {
      const set = file === 'contract-end.yaml' ? text.replaceAll('status: draft', 'status: live') : text;
      return file === 'birthday.yaml' || file === 'contract-end.yaml'
        ? set.replace("at: '09:00'", `at: '${time}'`)
        : set;
    },
  });
  await arrives(ids.away, 'Ada', { churnRisk: 'high' });
  await arrives(ids.fresh, 'Ben', {});
  await arrives(ids.regular, 'Cleo', {});
  await arrives(ids.both, 'Dora', { contractEndsOn: inThirtyDays });
  for (const total of [30, 40])
    await sendCall('track', { userId: ids.regular, event: 'Order Completed', properties: { total } });
  expect(Date.now()).toBeLessThan(morningMs);
  await delay(morningMs - Date.now());
}, 150_000);

afterAll(publishStarter, 60_000);

describe('a recipe on the real stack', () => {
  it('says one thing to three persons in three texts: at risk, new, and regular', async () => {
    const [away, fresh, regular] = await Promise.all(
      [ids.away, ids.fresh, ids.regular].map(async (userId) => {
        const mails = await eventually(`the greeting of ${userId}`, async () => {
          const found = await marketingMails(userId);
          return found.length > 0 && found;
        });
        expect(mails).toHaveLength(1);
        return { subject: mails[0]?.subject ?? '', text: (mails[0]?.text ?? '').replaceAll(/\s+/g, ' ') };
      }),
    );
    expect(away?.subject).toBe('Happy birthday, Ada. We have missed you');
    expect(fresh?.subject).toBe('Happy birthday, Ben, and welcome');
    expect(regular?.subject).toBe('Happy birthday, Cleo, from all of us');
    expect(away?.text).toContain('15% off whatever you choose');
    expect(fresh?.text).toContain('Delivery of your next order is on us');
    expect(regular?.text).toContain('a candle from our own workshop');
    expect(new Set([away?.text, fresh?.text, regular?.text]).size).toBe(3);
  }, 60_000);

  it('birthday and contract end on one morning: one message, and the fate of the other is stated', async () => {
    const person = `user:${ids.both}`;
    const decisionOn = async (title: string) =>
      (await timelineOf(person)).find((entry) => entry.kind === 'decision' && entry.title === title);
    const loser = await eventually('the decision on the contract', async () => await decisionOn('contract-end-offer'));
    await eventually('the greeting', async () => (await marketingMails(ids.both)).length > 0);
    expect((await decisionOn('birthday-greeting'))?.body).toMatchObject({ fate: 'chosen', channel: 'email' });
    expect(loser.body).toMatchObject({ fate: 'deferred', code: 'OUTRANKED' });
    expect(loser.body['numbers']).toMatchObject({ winner: 'birthday', rule: 'one-date-a-day' });
    expect(loser.why).toContain('birthday');

    const explained = await kairos(['explain', person]);
    expect(explained.stdout).toMatch(/birthday-greeting {2}chosen/);
    expect(explained.stdout).toMatch(/contract-end-offer {2}deferred OUTRANKED/);
    // Time for a second one to come, if it did.
    await delay(3_000);
    const mails = await marketingMails(ids.both);
    expect(mails.map(({ subject }) => subject)).toEqual(['Happy birthday, Dora, and welcome']);
  }, 60_000);
});
