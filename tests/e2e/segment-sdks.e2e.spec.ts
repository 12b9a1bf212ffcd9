import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Analytics } from '@segment/analytics-node';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { chromiumPath, itInBrowser, openBrowser, openVisitor, takePicture } from './kit/browser.ts';
import { zoneByDay } from './kit/daytime.ts';
import { eventually, secretsOf, timelineOf, unique, urlOf } from './kit/house.ts';
import { headerOf, mailsTo } from './kit/mailbox.ts';
import { openShopPage, type ShopPage } from './kit/shop-page.ts';

/** `within: 1h` of cart-left under the house's time scale of 60, with room for a busy machine. */
const CART_LEFT_MS = 60_000;
const PATIENCE_MS = CART_LEFT_MS + 45_000;

/** What was put in motion before the first test: all of them wait for the same minute. */
interface Motion {
  readonly stock: { readonly buyer: string; readonly leaver: string };
  readonly anonymous?: Page;
  readonly known?: { readonly page: Page; readonly userId: string; readonly address: string };
}

let analytics: Analytics;
let browser: Browser | undefined;
const contexts: BrowserContext[] = [];
let shop: ShopPage | undefined;
let motion: Motion;

/** A visitor on the shop's page, with everything that the browser complains about told. */
async function visit(query: string): Promise<Page> {
  if (browser === undefined || shop === undefined) throw new Error('there is no browser');
  const context = await openVisitor(browser);
  contexts.push(context);
  const page = await context.newPage();
  page.on('pageerror', (error) => process.stdout.write(`shop page: ${error.message}\n`));
  page.on('requestfailed', (request) =>
    process.stdout.write(`shop page: ${request.url()} ${request.failure()?.errorText}\n`),
  );
  await page.goto(`${shop.url}/?${query}`);
  return page;
}

const anonymousIdOf = async (page: Page): Promise<string> => {
  const kept = await eventually('the anonymous id of the browser', () =>
    page.evaluate<string | null>("localStorage.getItem('ajs_anonymous_id')"),
  );
  return kept.replaceAll('"', '');
};

const titlesOf = async (person: string, kind: string): Promise<string[]> =>
  (await timelineOf(person)).filter((entry) => entry.kind === kind).map(({ title }) => title);

const firedOf = async (person: string, trigger: string) =>
  (await timelineOf(person)).filter(
    (entry) => entry.kind === 'trigger' && entry.title === trigger && entry.body['outcome'] === 'fired',
  );

/** The stock sequence of Segment's e-commerce spec: the cart has an id, the order names none. Beside it somebody who only leaves a cart. */
async function sendStockSequence(): Promise<Motion['stock']> {
  const [buyer, leaver] = [unique('stock'), unique('leaver')];
  for (const userId of [buyer, leaver]) {
    analytics.identify({ userId, traits: { email: `${userId}@example.com`, timezone: zoneByDay() } });
    const properties = { cart_id: `cart-${userId}`, name: 'Walnut tray', price: 27.25 };
    analytics.track({ userId, event: 'Product Added', properties });
  }
  const order = { order_id: `o-${buyer}`, total: 27.25, currency: 'GBP' };
  analytics.track({ userId: buyer, event: 'Order Completed', properties: order });
  await analytics.flush();
  return { buyer, leaver };
}

async function logInAndFillCart(): Promise<NonNullable<Motion['known']>> {
  const userId = unique('shopper');
  const page = await visit(`user=${userId}&cart=cart-${userId}`);
  await page.click('#log-in');
  await eventually('the login on the log', async () =>
    (await titlesOf(`user:${userId}`, 'event')).includes('Identified'),
  );
  // A browser is not believed an address; the shop's server supplies it.
  const address = `${userId}@example.com`;
  analytics.identify({ userId, traits: { email: address, firstName: 'Ines', timezone: zoneByDay() } });
  await analytics.flush();
  await eventually(
    'the address',
    async () => (await titlesOf(`user:${userId}`, 'event')).filter((title) => title === 'Identified').length >= 2,
  );
  await page.click('#add');
  return { page, userId, address };
}

beforeAll(async () => {
  const { server, browser: browserKey } = secretsOf().writeKeys;
  analytics = new Analytics({ writeKey: server, host: urlOf('collector'), flushInterval: 100 });
  const stock = await sendStockSequence();
  motion = { stock };
  if (chromiumPath === undefined) return;
  browser = await openBrowser();
  shop = await openShopPage({ collectorUrl: urlOf('collector'), browserKey, onsiteUrl: urlOf('channel-dispatchers') });
  const anonymous = await visit('cart=cart-of-a-stranger');
  await anonymous.click('#add');
  motion = { stock, anonymous, known: await logInAndFillCart() };
}, 90_000);

afterAll(async () => {
  await analytics?.closeAndFlush();
  for (const context of contexts) await context.close();
  await browser?.close();
  await shop?.close();
}, 30_000);

describe('Segment’s own libraries', () => {
  it('@segment/analytics-node with the server key leads to the welcome mail after the first order', async () => {
    const userId = unique('buyer');
    const address = `${userId}@example.com`;
    analytics.identify({ userId, traits: { email: address, firstName: 'Ada' } });
    analytics.track({
      userId,
      event: 'Order Completed',
      properties: { order_id: `o-${userId}`, total: 49.9, currency: 'GBP' },
    });
    await analytics.flush();
    const startedMs = performance.now();
    const [mail] = await eventually('the welcome mail', async () => {
      const mails = await mailsTo(address);
      return mails.length > 0 && mails;
    });
    process.stdout.write(
      `segment-sdks: welcome mail ${Math.round(performance.now() - startedMs)} ms after the order\n`,
    );
    expect(mail?.subject).toBe('Thank you for your first order, Ada');
    expect(mail?.text).toContain('Thank you for your first order');
    expect(mail?.html).toContain('Welcome, Ada');
    // About an order, not advertising: there is nothing to unsubscribe from.
    if (mail !== undefined) expect(headerOf(mail, 'list-unsubscribe')).toBeUndefined();
    expect(await mailsTo(address)).toHaveLength(1);
  }, 60_000);

  itInBrowser(
    '@segment/analytics-next in Chromium leads to a banner on the page, for somebody whom nobody knows',
    async () => {
      const { anonymous: page } = motion;
      if (page === undefined) throw new Error('no page');
      const anonymousId = await anonymousIdOf(page);
      const banner = page.locator('[data-kairos-slot="header-bar"] [data-kairos-message] iframe');
      await banner.waitFor({ state: 'visible', timeout: PATIENCE_MS });
      const text = page.frameLocator('[data-kairos-slot="header-bar"] iframe').locator('body');
      expect(await text.textContent()).toContain('Your Walnut tray is still in your cart.');
      await takePicture(page, 'onsite-banner');
      const decisions = (await timelineOf(`anon:${anonymousId}`)).filter((entry) => entry.kind === 'decision');
      expect(decisions.map(({ body }) => [body['fate'], body['channel']])).toContainEqual(['chosen', 'onsite']);
      // That it was on the screen is an event of the person, and it comes home.
      await eventually('that the banner was seen', async () =>
        (await titlesOf(`anon:${anonymousId}`, 'event')).includes('Onsite Message Seen'),
      );
    },
    PATIENCE_MS + 30_000,
  );

  itInBrowser(
    'and to an e-mail, once the server key has supplied the address',
    async () => {
      const { known } = motion;
      if (known === undefined) throw new Error('no visitor');
      const [mail] = await eventually(
        'the cart reminder',
        async () => {
          const mails = await mailsTo(known.address);
          return mails.length > 0 && mails;
        },
        PATIENCE_MS,
      );
      if (mail === undefined) throw new Error('no mail');
      expect(mail.subject).toBe('Ines, your Walnut tray is waiting');
      expect(mail.text?.trim()).not.toBe('');
      // Advertising: one click ends it (RFC 8058).
      expect(headerOf(mail, 'list-unsubscribe')).toMatch(/^<http:\/\/127\.0\.0\.1:\d+\/.+>$/);
      expect(headerOf(mail, 'list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
      expect(await known.page.locator('[data-kairos-message]').count()).toBe(0);
    },
    PATIENCE_MS + 30_000,
  );

  it(
    'the stock sequence, a cart with an id and an order without one, sends nothing',
    async () => {
      const { buyer, leaver } = motion.stock;
      const person = `user:${buyer}`;
      await eventually('cart and order on the log', async () => {
        const titles = await titlesOf(person, 'event');
        return titles.includes('Product Added') && titles.includes('Order Completed');
      });
      // Whoever left a cart at the same moment is noticed: so the deadline has passed for both, and some seconds more.
      const noticed = async () => (await firedOf(`user:${leaver}`, 'cart-left')).length > 0;
      await eventually('the deadline of both', noticed, PATIENCE_MS);
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      expect(await firedOf(person, 'cart-left')).toEqual([]);
      const mails = await mailsTo(`${buyer}@example.com`);
      expect(mails.map(({ subject }) => subject)).toEqual(['Thank you for your first order']);
    },
    PATIENCE_MS + 30_000,
  );
});
