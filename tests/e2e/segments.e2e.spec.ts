// length: one house at real time, one model that goes live in it, and two visits of a browser
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { chromiumPath, itInBrowser, openBrowser, openVisitor, takePicture } from './kit/browser.ts';
import {
  askMetrics,
  eventually,
  kairos,
  repository,
  secretsOf,
  sendCall,
  timelineOf,
  unique,
  urlOf,
} from './kit/house.ts';

const PATIENCE_MS = 30_000;
const PERSONS = 60;
const trigger = `kind: Trigger
id: advice-asked
description: Asked for advice
owner: e2e@example.com
status: live
purpose: service
when: { did: Advice Asked }
reentry: always
send: advice-mail
---
kind: Message
id: advice-mail
description: Gives advice
owner: e2e@example.com
purpose: service
channels:
  email: { subject: "Advice", body: "<p>Here it is.</p>" }
`;
const cohort = unique('cohort');
const person = (at: number): string => `${cohort}-${at}`;
const isKeen = (at: number): boolean => at % 2 === 0;
const fitted = [
  ...['segments', 'fit', '--kind', 'kmeans', '--groups', '2', '--id', 'cohort'],
  ...['--features', 'orders=profile.orderCount:log, value=profile.netValue:log'],
  ...['--where', `profile.traits.cohort == "${cohort}"`, '--publish', '--json'],
];

interface Fitted {
  readonly model: { readonly id: string };
  readonly asked: number;
  readonly read: number;
  readonly published: string;
  readonly groups: readonly {
    readonly id: string;
    readonly persons: number;
    readonly means: { readonly orders: number };
  }[];
}

interface Sizes {
  readonly persons: number;
  readonly segments: readonly { readonly id: string; readonly persons: number }[];
}

let folder: string;
let report: Fitted;
const groupOf = { keen: '', other: '' };

const order = (userId: string, number: number, total: number) => ({
  type: 'track',
  userId,
  event: 'Order Completed',
  properties: { order_id: `${userId}-${number}`, total },
});
const sendBatch = async (batch: readonly object[]): Promise<void> => {
  expect((await sendCall('batch', { batch })).status).toBe(200);
};
const publish = async (from: string, timeScale: string): Promise<void> => {
  expect(await kairos(['playbook', 'publish', from, '--time-scale', timeScale])).toMatchObject({ code: 0 });
};
/** The groups that a person's latest events entered and left. */
const moves = async (at: number): Promise<readonly (readonly string[])[]> =>
  (await timelineOf(`user:${person(at)}`))
    .filter(({ kind }) => kind === 'event')
    .map(({ body }) => (body['segmentsEntered'] as string[]).filter((id) => id.startsWith('cohort')))
    .filter((entered) => entered.length > 0);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kairos-segments-'));
  await cp(path.join(repository, 'playbook'), folder, { recursive: true });
  await writeFile(path.join(folder, 'advice-asked.yaml'), trigger);
  const crowd = Array.from({ length: PERSONS }, (_, at) => at);
  await sendBatch(
    crowd.map((at) => ({
      type: 'identify',
      userId: person(at),
      traits: { cohort, email: `${person(at)}@example.com` },
    })),
  );
  await sendBatch(
    crowd.flatMap((at) =>
      isKeen(at)
        ? [1, 2, 3, 4].map((number) => order(person(at), number, 200 + at))
        : [order(person(at), 1, 10 + (at % 9))],
    ),
  );
  await eventually('everybody’s orders in the read model', async () => {
    const { persons } = await askMetrics<{ persons: { profile: { netValue: number } }[] }>(
      `/v1/persons?search=${cohort}&limit=200`,
    );
    const values = persons.map(({ profile }) => profile.netValue);
    return (
      values.length === PERSONS && values.every((value) => value > 0) && values.filter((v) => v >= 800).length === 30
    );
  });
}, 60_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await publish(path.join(repository, 'playbook'), '60');
}, 60_000);

describe('kairos segments fit on a running house', () => {
  it('publishes nothing beside a playbook that runs faster for a demonstration, and says what to do', async () => {
    const { code, stderr } = await kairos(fitted);
    expect([code, stderr]).toEqual([1, expect.stringContaining('write the model with --out into the playbook')]);
  }, 30_000);

  it('trains on the persons of the house, and each enters a group of the model with the next event', async () => {
    await publish(folder, '1');
    const { code, stdout, stderr } = await kairos(fitted);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    report = JSON.parse(stdout) as Fitted;
    expect(report).toMatchObject({ asked: PERSONS, published: expect.stringMatching(/^[0-9a-f]{12}/) });
    expect(report.groups.map(({ persons }) => persons)).toEqual([PERSONS / 2, PERSONS / 2]);
    const [few, many] = report.groups.toSorted((a, b) => a.means.orders - b.means.orders);
    Object.assign(groupOf, { other: few?.id, keen: many?.id });

    const askAdvice = () =>
      sendBatch(
        Array.from({ length: PERSONS }, (_, at) => ({ type: 'track', userId: person(at), event: 'Advice Asked' })),
      );
    await eventually('the first to enter a group', async () => {
      await askAdvice();
      return (await moves(0)).length > 0;
    });
    await eventually('all to be in a group', async () => {
      const { segments } = await askMetrics<Sizes>('/v1/segments');
      const inGroups = segments.filter(({ id }) => id.startsWith('cohort')).reduce((sum, one) => sum + one.persons, 0);
      return inGroups === PERSONS;
    });
    await eventually('the event of the second on its timeline', async () => (await moves(1)).length > 0);
    expect(await moves(0)).toEqual([[groupOf.keen]]);
    expect(await moves(1)).toEqual([[groupOf.other]]);
    await sendBatch([1, 2, 3, 4, 5].map((number) => order(person(1), 10 + number, 300)));
    await eventually('a change of group', async () => (await moves(1)).length === 2);
    expect((await moves(1)).toSorted()).toEqual([[groupOf.keen], [groupOf.other]].toSorted());
  }, 60_000);
});

describe('the console', () => {
  let browser: Browser | undefined;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
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
    // Who has not logged in yet is told so, which the browser notes.
    faults.length = 0;
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
  }, 30_000);

  itInBrowser(
    'shows the model as a segment with its groups, who is in them, and its picture',
    async () => {
      const told = await page.evaluate(async () => (await (await fetch('/api/segments')).json()) as unknown);
      expect(told).toMatchObject({
        segments: expect.arrayContaining([
          expect.objectContaining({ kind: 'Model', id: 'cohort', status: 'live', persons: PERSONS }),
        ]),
      });
      await page.getByRole('link', { name: 'Segments' }).click();
      await page.getByRole('heading', { name: 'cohort', exact: true }).waitFor({ timeout: PATIENCE_MS });
      expect(await page.locator('[data-number="persons cohort"]').textContent()).toMatch(/^60 \(/);
      for (const [id, persons] of [
        [groupOf.keen, 31],
        [groupOf.other, 29],
      ] as const) {
        expect(await page.locator(`[data-number="persons ${id}"]`).textContent()).toMatch(
          new RegExp(`^${persons} \\(`),
        );
      }
      await takePicture(page, 'console-segments');
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.setViewportSize({ width: 800, height: 900 });
      await takePicture(page, 'console-segments-narrow-dark');
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize({ width: 1280, height: 860 });
      expect(faults).toEqual([]);
    },
    60_000,
  );

  itInBrowser(
    'shows by whom a trigger fired: per group of the model, and of new and returning persons',
    async () => {
      await page.goto(`${urlOf('console')}/triggers/Trigger/advice-asked`);
      const row = (value: string) => page.locator(`[data-share="${value}"]`);
      await row(groupOf.keen).waitFor({ timeout: PATIENCE_MS });
      const fired = async (value: string) => Number(await row(value).locator('td').first().textContent());
      expect(await fired(groupOf.keen)).toBeGreaterThanOrEqual(PERSONS / 2);
      expect(await fired('*')).toBeGreaterThanOrEqual(PERSONS);
      await takePicture(page, 'console-trigger-by-whom');
      await page.getByText('New or returning', { exact: true }).click();
      await row('returning').waitFor({ timeout: PATIENCE_MS });
      await takePicture(page, 'console-trigger-by-returning');
      expect(faults).toEqual([]);
    },
    60_000,
  );
});
