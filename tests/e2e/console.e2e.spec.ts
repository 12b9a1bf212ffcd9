import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { chromiumPath, itInBrowser, openBrowser, openVisitor, takePicture } from './kit/browser.ts';
import { eventually, secretsOf, sendCall, timelineOf, unique, urlOf } from './kit/house.ts';

const PATIENCE_MS = 30_000;
const userId = unique('looked-at');
const address = `${userId}@example.com`;

let browser: Browser | undefined;
let page: Page;
let consoleUrl: string;
const faults: string[] = [];

beforeAll(async () => {
  consoleUrl = urlOf('console');
  await sendCall('identify', {
    userId,
    traits: { email: address, firstName: 'Grace', lastName: 'Hopper', timezone: 'America/New_York' },
  });
  await sendCall('track', { userId, event: 'Order Completed', properties: { total: 120, order_id: `o-${userId}` } });
  await eventually('the message of the person', async () =>
    (await timelineOf(`user:${userId}`)).some((entry) => entry.kind === 'report'),
  );
  if (chromiumPath === undefined) return;
  browser = await openBrowser();
  page = await (await openVisitor(browser)).newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
}, 90_000);

afterAll(async () => {
  await browser?.close();
}, 30_000);

describe('the console', () => {
  itInBrowser(
    'lets nobody in with another password, and the admin with the generated one',
    async () => {
      await page.goto(consoleUrl);
      await page.getByLabel('Password', { exact: true }).fill('not-the-password');
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByText('The password is wrong').waitFor({ timeout: PATIENCE_MS });
      // The refusal is an answer, not a fault of the page.
      faults.length = 0;
      await takePicture(page, 'console-login');
      await page.getByLabel('Password', { exact: true }).fill(secretsOf().consoleAdminPassword);
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByRole('heading', { name: 'Live flow' }).waitFor({ timeout: PATIENCE_MS });
    },
    60_000,
  );

  itInBrowser(
    'shows the stages with rates that move when customers do something, the watermark and the demo’s time scale',
    async () => {
      const stages = page.locator('[data-stage]');
      await stages.first().waitFor({ timeout: PATIENCE_MS });
      expect(await stages.count()).toBe(6);
      await page.getByText('Demo time: 1 h, here 1 min').waitFor({ timeout: PATIENCE_MS });
      await page.getByText(/watermark \d+\.\d s behind/).waitFor({ timeout: PATIENCE_MS });
      const rateOf = async (stage: string) => Number(await page.locator(`[data-stage="${stage}"] .rate`).textContent());
      await eventually('the rates of the first two stages', async () => {
        const batch = Array.from({ length: 20 }, () => ({ type: 'track', userId: unique('flow'), event: 'Page Read' }));
        await sendCall('batch', { batch });
        return (await rateOf('collected')) > 1 && (await rateOf('enriched')) > 1;
      });
      await page.getByRole('cell', { name: 'welcome', exact: true }).first().waitFor({ timeout: PATIENCE_MS });
      await takePicture(page, 'console-flow');
    },
    60_000,
  );

  itInBrowser(
    'finds a person and shows events, trigger and decision with its why in a sentence',
    async () => {
      await page.getByRole('link', { name: 'People' }).click();
      await page.getByLabel('Search people').fill(address);
      const row = page.getByRole('row').filter({ hasText: address });
      await row.getByRole('link', { name: 'Grace Hopper' }).click({ timeout: PATIENCE_MS });
      await page.getByRole('heading', { name: 'Grace Hopper' }).waitFor({ timeout: PATIENCE_MS });
      const entry = (kind: string, title: string) => page.locator(`.entry[data-kind="${kind}"]`, { hasText: title });
      await entry('event', 'Order Completed').waitFor({ timeout: PATIENCE_MS });
      await entry('trigger', 'welcome').first().waitFor({ timeout: PATIENCE_MS });
      const decision = entry('decision', 'welcome-mail').first();
      await decision
        .locator('.why', { hasText: 'It passed every gate and was chosen for email.' })
        .waitFor({ timeout: PATIENCE_MS });
      await decision.getByRole('button').first().click();
      await decision.getByText(/trace [0-9a-f]{32}/).waitFor({ timeout: PATIENCE_MS });
      await takePicture(page, 'console-person');
    },
    60_000,
  );

  itInBrowser(
    'shows the mail, its plain text and its headers',
    async () => {
      await page.getByRole('link', { name: 'Mailbox' }).click();
      await page.getByText(address).first().click({ timeout: PATIENCE_MS });
      const mail = page.frameLocator('iframe.mail-frame').locator('body');
      await mail.getByText('Welcome, Grace').waitFor({ timeout: PATIENCE_MS });
      await takePicture(page, 'console-mailbox');
      await page.getByText('Headers', { exact: true }).click();
      await page.getByRole('cell', { name: 'message-id' }).waitFor({ timeout: PATIENCE_MS });
    },
    60_000,
  );

  itInBrowser(
    'shows each rule of the live playbook as a sentence, and the work list',
    async () => {
      await page.getByRole('link', { name: 'Playbook' }).click();
      await page.getByText('When a customer does “Order Completed”').first().waitFor({ timeout: PATIENCE_MS });
      await takePicture(page, 'console-playbook');
      await page.getByRole('link', { name: 'Work list' }).click();
      await page.getByRole('heading', { name: 'Work list' }).waitFor({ timeout: PATIENCE_MS });
      await takePicture(page, 'console-tasks');
      await page.setViewportSize({ width: 390, height: 844 });
      await page.goto(consoleUrl);
      await page.locator('[data-stage]').first().waitFor({ timeout: PATIENCE_MS });
      await takePicture(page, 'console-flow-narrow');
      expect(faults).toEqual([]);
    },
    60_000,
  );
});
