// length: one visit of a browser to a house that took a minute to bring there
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { chromiumPath, itInBrowser, openBrowser, openVisitor, takePicture } from './kit/browser.ts';
import { eventually, kairos, repository, secretsOf, sendCall, timelineOf, unique, urlOf } from './kit/house.ts';

const PATIENCE_MS = 30_000;
/** The starter playbook, with a journey beside it: a call, and what follows from what came of it. */
const journey = `kind: Trigger
id: sample-asked
description: Asked for a sample
owner: e2e@example.com
status: live
purpose: service
when: { did: Sample Asked }
reentry: always
to: staff(sales)
---
kind: Journey
id: sample-talk
description: Sales call whoever asked for a sample
owner: e2e@example.com
status: live
startsWith: sample-asked
steps:
  - { task: call-about-sample, to: staff(sales), expiresAfter: 30d }
  - waitFor: { completed: call-about-sample, declined: call-about-sample, bounced: call-about-sample, atMost: 30d }
    otherwise: [exit]
  - branch:
      - if: sends.call-about-sample == "completed"
        steps: [{ set: { sampleCall: reached } }]
      - else: [exit]
---
kind: Message
id: call-about-sample
description: Call whoever asked for a sample
owner: e2e@example.com
purpose: service
channels:
  task: { title: "Call about the sample", action: Call today., why: They asked for it., avoid: Do not sell. }
`;
const caller = unique('caller');
const leaver = unique('leaver');

let folder: string;
let browser: Browser | undefined;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kairos-journey-'));
  await cp(path.join(repository, 'playbook'), folder, { recursive: true });
  await writeFile(path.join(folder, 'sample-talk.yaml'), journey);
  expect(await kairos(['playbook', 'publish', folder, '--time-scale', '60'])).toMatchObject({ code: 0 });
  await sendCall('track', { userId: leaver, event: 'Product Added', properties: { cart_id: leaver } });
  await eventually('the task of the journey', async () => {
    await sendCall('track', { userId: caller, event: 'Sample Asked' });
    return (await timelineOf(`user:${caller}`)).some(
      ({ kind, title }) => kind === 'report' && title === 'call-about-sample',
    );
  });
  await eventually(
    'the cart to be left',
    async () =>
      (await timelineOf(`user:${leaver}`)).some(({ kind, title }) => kind === 'trigger' && title === 'cart-left'),
    120_000,
  );
  if (chromiumPath === undefined) return;
  browser = await openBrowser();
  page = await (await openVisitor(browser)).newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(urlOf('console'));
  await page.getByLabel('Password', { exact: true }).fill(secretsOf().consoleAdminPassword);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Live flow' }).waitFor({ timeout: PATIENCE_MS });
}, 240_000);

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
  await kairos(['playbook', 'publish', path.join(repository, 'playbook'), '--time-scale', '60']);
}, 90_000);

const numberAt = async (where: string): Promise<number> => Number(await page.locator(where).textContent());

describe('the console', () => {
  itInBrowser(
    'lists each trigger with its sentence and how often it fired, and finds one by a word of its sentence',
    async () => {
      await page.getByRole('link', { name: 'Triggers' }).click();
      const row = page.locator('[data-trigger="cart-left"]');
      await row
        .getByText('When a customer does “Product Added” and then not “Order Completed”')
        .waitFor({ timeout: PATIENCE_MS });
      expect(await numberAt('[data-trigger="cart-left"] [data-span="day"]')).toBeGreaterThan(0);
      await takePicture(page, 'console-triggers');
      await page.getByLabel('Search triggers and journeys').fill('product added');
      await page.locator('[data-trigger="welcome"]').waitFor({ state: 'detached', timeout: PATIENCE_MS });
      await row.getByRole('link', { name: 'cart-left' }).click();
      await page.getByRole('heading', { name: 'cart-left' }).waitFor({ timeout: PATIENCE_MS });
      expect(await numberAt('[data-number="Fired ever"]')).toBeGreaterThan(0);
      await page.getByText('restartsOnRepeat').waitFor({ timeout: PATIENCE_MS });
      await takePicture(page, 'console-trigger');
    },
    60_000,
  );

  itInBrowser(
    'draws a journey as boxes and arrows with how many came by',
    async () => {
      await page.goto(`${urlOf('console')}/triggers/Journey/sample-talk`);
      const box = (place: string) => page.locator(`[data-place="${place}"]`);
      await box('steps[0]').waitFor({ timeout: PATIENCE_MS });
      expect(await page.locator('[data-place]').count()).toBe(8);
      const name = await box('steps[0]').getAttribute('aria-label');
      expect(name).toMatch(/^task call-about-sample: for sales, [1-9]\d* times?$/);
      const whose = page.getByLabel('Whose way');
      const reads = async (words: string) =>
        page.locator(`[data-place="steps[0]"][aria-label$=", ${words}"]`).waitFor({ timeout: PATIENCE_MS });
      await whose.selectOption('Segment at-risk');
      await reads('0 times');
      await whose.selectOption('New persons');
      await page.locator('[data-place="steps[0]"]:not([aria-label$=", 0 times"])').waitFor({ timeout: PATIENCE_MS });
      await whose.selectOption('Everybody');
      await page.keyboard.press('Tab');
      await takePicture(page, 'console-journey');
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.setViewportSize({ width: 800, height: 900 });
      await takePicture(page, 'console-journey-narrow-dark');
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize({ width: 1280, height: 860 });
    },
    60_000,
  );

  itInBrowser(
    'lets one claim a task and say what came of it, tells a second who has it, and the journey goes on',
    async () => {
      await page.getByRole('link', { name: 'Work list' }).click();
      const task = page
        .getByRole('article')
        .filter({ hasText: `user:${caller}` })
        .first();
      await task.waitFor({ timeout: PATIENCE_MS });
      expect(await task.getByRole('button', { name: 'Claim' }).isDisabled()).toBe(true);
      await page.getByLabel('You are').fill('Ada');
      const id = (await task.getAttribute('data-task')) ?? '';
      const mine = page.locator(`[data-task="${id}"]`);
      await mine.getByRole('button', { name: 'Claim' }).click();
      await mine.getByText('yours since').waitFor({ timeout: PATIENCE_MS });
      // A colleague whose page is older than the claim.
      const second = await page.evaluate(async (task) => {
        const answer = await fetch(`/api/tasks/${task}/claim`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ by: 'Grace' }),
        });
        return { status: answer.status, body: (await answer.json()) as { message: string } };
      }, id);
      expect(second).toMatchObject({
        status: 409,
        body: { message: expect.stringMatching(/^Ada has had this task since/) },
      });
      // The browser notes each refused request; this one was asked for.
      faults.length = 0;
      await takePicture(page, 'console-task-claimed');
      await mine.getByRole('button', { name: 'Reached', exact: true }).click();
      await mine.waitFor({ state: 'detached', timeout: PATIENCE_MS });
      const story = await eventually('the journey to go on', async () => {
        const entries = await timelineOf(`user:${caller}`);
        return entries.some(({ body }) => (body['journey'] as { does?: string } | null)?.does === 'set') && entries;
      });
      const said = story
        .filter(({ title }) => title.startsWith('Task '))
        .map(({ title, body }) => ({ title, ...body }));
      expect(said).toMatchObject([
        { title: 'Task Done', source: 'internal', properties: { outcome: 'reached', by: 'Ada' } },
        { title: 'Task Claimed', source: 'internal', properties: { by: 'Ada' } },
      ]);
      await page.getByText('Over', { exact: true }).click();
      await mine.getByText(/^Reached, Ada/).waitFor({ timeout: PATIENCE_MS });
    },
    90_000,
  );

  itInBrowser(
    'says at once what a definition means, what is wrong with it and what it is in conflict with',
    async () => {
      await page.goto(`${urlOf('console')}/try`);
      const box = page.getByLabel('Definitions, separated by ---');
      const rule =
        'kind: Trigger\nid: cart-again\nstatus: live\npurpose: marketing\nwhen: { did: Product Added, butNot: [Order Completed], within: 1h }\nsend: cart-reminder\n';
      await box.fill(rule.replace('within', 'witin'));
      await page
        .locator('[data-finding="error"]', { hasText: 'did you mean “within”?' })
        .waitFor({ timeout: PATIENCE_MS });
      await box.fill(rule);
      await page.locator('[data-sentence="cart-again"]', { hasText: 'for 1 hour' }).waitFor({ timeout: PATIENCE_MS });
      await page
        .locator('[data-finding="warning"]', { hasText: 'cart-left' })
        .first()
        .waitFor({ timeout: PATIENCE_MS });
      await takePicture(page, 'console-try');
      expect(faults).toEqual([]);
    },
    60_000,
  );
});
