import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { eventually, kairos, repository, secretsOf, sendCall, timelineOf, unique } from './kit/house.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kairos-offline-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shipped = path.join(repository, 'packages/cli/mappings');
const nowIso = (): string => new Date().toISOString();
const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();

const header = 'call_id,ended_at,customer,caller,topic,outcome,seconds,agent,note';

/** Entries of a person once an event of the name is among them. */
const storyWith = (person: string, event: string) =>
  eventually(`${event} of ${person}`, async () => {
    const entries = await timelineOf(person);
    return entries.some(({ title }) => title === event) && entries;
  });

describe('offline touchpoints on the real stack', () => {
  it('a complaint that the call centre took down today opens a task; as history it opens none', async () => {
    const [today, before] = [unique('caller'), unique('caller')];
    const row = (customer: string, id: string): string =>
      `${header}\n${id},${nowIso()},${customer},,damage,complaint,544,Ann,Arrived broken\n`;
    const live = path.join(folder, 'today.csv');
    const past = path.join(folder, 'history.csv');
    writeFileSync(live, row(today, unique('call')));
    writeFileSync(past, row(before, unique('call')));
    expect(await kairos(['import', 'call-centre', past, '--backfill'])).toMatchObject({ code: 0 });
    expect(await kairos(['import', 'call-centre', live])).toMatchObject({ code: 0 });

    const said = await eventually('the task', async () => {
      const entries = await timelineOf(`user:${today}`);
      return entries.some(({ kind, title }) => kind === 'decision' && title.includes('make-it-right')) && entries;
    });
    expect(said.map(({ title }) => title)).toContain('Complaint Opened');
    const quiet = await storyWith(`user:${before}`, 'Complaint Opened');
    expect(quiet.filter(({ kind }) => kind === 'decision' || kind === 'report')).toEqual([]);
    const triggers = quiet.filter(({ kind }) => kind === 'trigger');
    expect(triggers.map(({ body }) => body['outcome'])).not.toContain('fired');
  });

  it.each([
    ['till', 'till.sample.csv', 'user:C-17', 'Order Completed'],
    ['call-centre', 'call-centre.sample.csv', 'user:C-21', 'Complaint Opened'],
    ['store-visit', 'store-visit.sample.csv', 'user:C-30', 'Store Visited'],
    ['print-response', 'print-response.sample.csv', 'email:noor@example.com', 'Mailing Answered'],
    ['social-mention', 'social-mention.sample.ndjson', 'anon:mastodon:kit', 'Brand Mentioned'],
  ])('%s: the sample of the guide comes in and keeps to the tracking plan', async (mapping, sample, person, event) => {
    const files = ['--journal', path.join(folder, `${mapping}.json`), '--report', path.join(folder, `${mapping}.csv`)];
    const sent = await kairos(['import', mapping, path.join(shipped, sample), '--backfill', '--json', ...files]);
    expect(sent).toMatchObject({ code: 0 });
    expect(JSON.parse(sent.stdout)).toMatchObject({ refused: 0 });
    const entry = (await storyWith(person, event)).find(({ title }) => title === event);
    expect(entry?.body['faults'] ?? []).toEqual([]);
  });

  it('by the API: the call of the guide, with the key of the source offline', async () => {
    const guide = readFileSync(path.join(repository, 'docs/guides/bring-offline-touchpoints.md'), 'utf8');
    const [, body = ''] = /-d '(\{[\s\S]*?\})'/.exec(guide) ?? [];
    const customer = unique('visitor');
    const call = { ...(JSON.parse(body) as object), userId: customer, messageId: unique('store-visit') };
    expect((await sendCall('track', call, secretsOf().writeKeys.offline)).status).toBe(200);
    const entry = (await storyWith(`user:${customer}`, 'Store Visited')).find(({ title }) => title === 'Store Visited');
    expect(entry?.body['source']).toBe('offline');
  });

  it('refused rows are listed with line, field and remedy, the rest comes in, and the command ends with 1', async () => {
    const customer = unique('caller');
    const file = path.join(folder, 'mixed.csv');
    const rows = [
      `${unique('call')},${daysAgo(2)},${customer},,prices,solved,75,Jo,`,
      `${unique('call')},soon,${customer},,prices,solved,75,Jo,`,
      `${unique('call')},${daysAgo(2)},${customer},,prices,solved,"1,5",Jo,`,
    ];
    writeFileSync(file, `${header}\n${rows.join('\n')}\n`);
    const { code, stdout } = await kairos(['import', 'call-centre', file]);
    expect(code).toBe(1);
    expect(stdout).toContain('3 rows, 1 events sent, 2 refused');
    const report = parse<Record<string, string>>(readFileSync(`${file}.refused.csv`), { columns: true });
    expect(report).toMatchObject([
      { file: 'mixed.csv', line: '3', field: 'ended_at', value: 'soon', reason: 'NOT_A_DATE' },
      { file: 'mixed.csv', line: '4', field: 'seconds', value: '1,5', reason: 'NOT_A_NUMBER' },
    ]);
    await storyWith(`user:${customer}`, 'Support Call Ended');
  });
});
