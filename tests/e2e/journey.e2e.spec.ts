import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readSms, type StoredSms } from '@kairos/local-stack';
import { zoneByDay } from './kit/daytime.ts';
import { eventually, readHouse, sendCall, timelineOf, unique } from './kit/house.ts';
import { mailsTo } from './kit/mailbox.ts';
import { publishRecipes, publishStarter } from './kit/recipes.ts';

// The recipe cart-recovery, set live: an hour passes in a second, so the day that it waits for a click takes 24 s.
const TIME_SCALE = 3_600;
/** A person's browser: clicks of machines count as none. */
const BROWSER = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0' };

let serial = Date.now() % 1_000_000;
const newPhone = (): string => `+44770${String(++serial).padStart(7, '0')}`;

interface Visitor {
  readonly userId: string;
  readonly address: string;
  readonly phone: string;
}

/** Somebody known, by day, who begins to check out. */
async function checksOut(firstName: string, options: { readonly texts: boolean }): Promise<Visitor> {
  const userId = unique(firstName.toLowerCase());
  const visitor = { userId, address: `${userId}@example.com`, phone: newPhone() };
  const traits = { email: visitor.address, phone: visitor.phone, firstName, timezone: zoneByDay() };
  await sendCall('identify', { userId, traits });
  if (options.texts) {
    const properties = { channel: 'sms', purpose: 'marketing' };
    await sendCall('track', { userId, event: 'Consent Given', properties });
  }
  await sendCall('track', {
    userId,
    event: 'Checkout Started',
    properties: { cart_id: `c-${userId}`, name: 'Oak desk lamp' },
  });
  return visitor;
}

const textsTo = (phone: string): readonly StoredSms[] =>
  readSms(readHouse().smsDir ?? '').filter(({ to }) => to === phone);

const mailOf = async ({ address }: Visitor) =>
  await eventually(`the mail to ${address}`, async () => (await mailsTo(address))[0]);

/** What a journey did, oldest first: `journeyStarted`, `journeyStepTaken`, `journeyExited`. */
const journeyOf = async ({ userId }: Visitor): Promise<readonly string[]> =>
  (await timelineOf(`user:${userId}`))
    .map(({ body }) => String(body['outcome'] ?? ''))
    .filter((outcome) => outcome.startsWith('journey'));

beforeAll(async () => {
  await publishRecipes({
    timeScale: TIME_SCALE,
    change: (file, text) => (file === 'cart-recovery.yaml' ? text.replaceAll('status: draft', 'status: live') : text),
  });
}, 90_000);

afterAll(publishStarter, 60_000);

it('a mail that is not clicked is followed by a text to the phone; one that is clicked by none', async () => {
  const [silent, clicker, noTexts] = await Promise.all([
    checksOut('Sid', { texts: true }),
    checksOut('Clara', { texts: true }),
    checksOut('Nora', { texts: false }),
  ]);
  const mails = await Promise.all([silent, clicker, noTexts].map(mailOf));
  expect(mails.map(({ subject }) => subject)).toEqual(
    ['Sid', 'Clara', 'Nora'].map((name) => `${name}, shall we finish your order?`),
  );
  const [, link = ''] = /href="([^"]+\/c\/[^"]+)"/.exec(mails[1]?.html ?? '') ?? [];
  const clicked = await fetch(link, { redirect: 'manual', headers: BROWSER });
  expect([clicked.status, clicked.headers.get('location')]).toEqual([302, 'https://shop.example.com/cart']);

  const text = await eventually('the text to who did not click', async () => textsTo(silent.phone)[0], 60_000);
  expect(text.body).toMatch(
    /^Corner & Oak: your order is still open, Sid\. Finish it here: http\S+\/s\/\w+ Reply STOP/,
  );
  const [address = ''] = /http\S+/.exec(text.body) ?? [];
  const followed = await fetch(address, { redirect: 'manual', headers: BROWSER });
  expect(followed.headers.get('location')).toBe('https://shop.example.com/cart');

  // Who agreed to no texts finds a banner instead, by the same step of the same journey.
  const nudge = await eventually('the decision on the banner', async () =>
    (await timelineOf(`user:${noTexts.userId}`)).find(
      ({ kind, title }) => kind === 'decision' && title === 'checkout-nudge',
    ),
  );
  expect(nudge.body).toMatchObject({ fate: 'chosen', channel: 'onsite' });
  await eventually('the end of the journey of who clicked', async () =>
    (await journeyOf(clicker)).includes('journeyExited'),
  );
  const aboutClicker = await timelineOf(`user:${clicker.userId}`);
  expect(aboutClicker.some(({ title }) => title === 'checkout-nudge')).toBe(false);
  expect([textsTo(clicker.phone), textsTo(noTexts.phone), textsTo(silent.phone)].map(({ length }) => length)).toEqual([
    0, 0, 1,
  ]);
}, 120_000);
