import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { itInBrowser, openBrowser, openVisitor, takePicture } from './kit/browser.ts';
import { eventually, homeOfTests, kairos, repository, secretsOf, sendCall, unique } from './kit/house.ts';

const run = promisify(execFile);

interface Explained {
  readonly entries: readonly {
    readonly kind: string;
    readonly entryId: string;
    readonly body: { readonly fate?: string; readonly code?: string | null };
  }[];
}

/** The first decision for a customer, as `kairos explain` names it. */
const decisionOf = (userId: string) =>
  eventually('the decision', async () => {
    const { code, stdout } = await kairos(['explain', `user:${userId}`, '--json']);
    if (code !== 0) return null;
    return (JSON.parse(stdout) as Explained).entries.find(({ kind }) => kind === 'decision');
  });

const orders = async (userId: string, traits: Record<string, unknown>) => {
  await sendCall('identify', { userId, traits });
  await sendCall('track', { userId, event: 'Order Completed', properties: { order_id: userId, total: 42 } });
};

describe('kairos explain --replay', () => {
  it('derives a message that was chosen, and one that was dropped, from the log again and shows them equal', async () => {
    const [reached, unknown] = [unique('reached'), unique('unknown')];
    await orders(reached, { email: `${reached}@example.com`, firstName: 'Ada' });
    await orders(unknown, { firstName: 'Nobody' });
    for (const [userId, fate, code] of [
      [reached, 'chosen', null],
      [unknown, 'dropped', 'NO_ADDRESS'],
    ] as const) {
      const decision = await decisionOf(userId);
      expect(decision.body).toMatchObject({ fate, code });
      const replay = await kairos(['explain', '--replay', decision.entryId, '--json']);
      expect(replay).toMatchObject({ code: 0 });
      expect(JSON.parse(replay.stdout)).toMatchObject({
        verdict: 'equal',
        differences: [],
        recorded: { decisionId: decision.entryId, personId: `user:${userId}`, fate, code },
        derived: { decisionId: decision.entryId, personId: `user:${userId}`, fate, code },
        retained: { isCutOff: false },
      });
      const told = await kairos(['explain', '--replay', decision.entryId]);
      expect(told.stdout).toContain('Derived again from the log: equal in every field.');
    }
  }, 120_000);

  it('says of an id that is none how long decisions are kept and where their ids stand', async () => {
    const { code, stderr } = await kairos(['explain', '--replay', 'no-such-decision']);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/holds no decision no-such-decision.*400 days.*entryId/)]);
    const nobody = await kairos(['explain']);
    expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining('kairos explain user:42')]);
  }, 60_000);
});

describe('kairos simulate', () => {
  it('rehearses what the running house still has on its log, from the collector’s topic and from the door alike', async () => {
    const userId = unique('rehearsed');
    await orders(userId, { email: `${userId}@example.com` });
    await decisionOf(userId);
    const run = async (...events: string[]) => {
      const { code, stdout, stderr } = await kairos(
        ['simulate', '--playbook', 'playbook', '--events', ...events, '--person', `user:${userId}`, '--json'],
        { timeoutMs: 120_000 },
      );
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
      return JSON.parse(stdout) as {
        runs: {
          totals: { chosen: number };
          timelines: { personId: string; moments: { kind: string; text: string }[] }[];
        }[];
      };
    };
    for (const events of ['topic:events.collected', 'log']) {
      const { runs } = await run(events);
      const story = runs[0]?.timelines.find(({ personId }) => personId === `user:${userId}`);
      expect(story?.moments).toContainEqual(
        expect.objectContaining({ kind: 'chosen', text: expect.stringContaining('welcome-mail by email chosen') }),
      );
    }
  }, 200_000);

  it('takes the playbook that the running house acts by, where it is told live', async () => {
    const events = 'docs/guides/three-days-in-the-shop.ndjson';
    const args = ['simulate', '--playbook', 'playbook', '--against', 'live', '--events', events, '--json'];
    const { code, stdout } = await kairos(args);
    const report = JSON.parse(stdout) as { runs: { playbook: string; totals: { chosen: number } }[] };
    expect(code).toBe(0);
    expect(report.runs[1]?.playbook).toMatch(/^live/);
    expect(report.runs[1]?.totals.chosen).toBeGreaterThan(0);
  }, 120_000);
});

describe('docs/guides/rehearse-before-launch.md', () => {
  const guide = readFileSync(path.join(repository, 'docs/guides/rehearse-before-launch.md'), 'utf8');
  const blocks = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  // Data that is not part of the checkout has a test of its own: packages/cli/src/simulate/online-retail.int.spec.ts.
  const mine = blocks.filter((text) => !text.includes('online-retail') && !text.includes('user:42'));

  it('shows commands that do what it says', async () => {
    expect(mine).toHaveLength(5);
    const env = {
      ...process.env,
      KAIROS_HOME: homeOfTests(),
      NODE_OPTIONS: '',
      TMPDIR: mkdtempSync(path.join(tmpdir(), 'kairos-guide-')),
    };
    const told: string[] = [];
    for (const text of mine) {
      const script = text.replaceAll('npm run kairos --', `"${process.execPath}" packages/cli/dist/main.js`);
      const { stdout } = await run('bash', ['-e', '-c', script], { cwd: repository, env, maxBuffer: 64 * 1024 * 1024 });
      told.push(stdout);
    }
    const quoted = /```\n(trigger {2}[\s\S]*?)```/.exec(guide)?.[1]?.trimEnd() ?? 'no table';
    expect(told[0]).toContain(quoted);
    expect(told[1]).toContain('persons meet another fate under B.');
    expect(told[2]).toMatch(/The report is in the console: http.*\/rehearsals\/\d+-/);
  }, 240_000);
});

describe('the console', () => {
  itInBrowser(
    'shows a rehearsal of two playbooks with its tables, plots, difference and stories',
    async () => {
      const history = path.join(repository, 'docs/guides/three-days-in-the-shop.ndjson');
      const [a, b] = [path.join(repository, 'playbook'), path.join(repository, 'tests/faults/playbook')];
      const args = [
        'simulate',
        '--playbook',
        a,
        '--against',
        b,
        '--events',
        history,
        '--source',
        'server',
        '--console',
      ];
      const { stdout } = await kairos([...args, '--name', 'a comparison']);
      const address = /The report is in the console: (\S+)/.exec(stdout)?.[1] ?? '';
      const browser = await openBrowser();
      try {
        const page = await (await openVisitor(browser)).newPage();
        const faults: string[] = [];
        page.on('pageerror', (error) => faults.push(error.message));
        await page.goto(address);
        await page.getByLabel('Password', { exact: true }).fill(secretsOf().consoleAdminPassword);
        await page.getByRole('button', { name: 'Log in' }).click();
        await page.goto(address);
        await page.getByRole('heading', { name: 'a comparison' }).waitFor({ timeout: 30_000 });
        await page.locator('[data-difference]').waitFor();
        expect(await page.locator('svg.bars rect').count()).toBeGreaterThan(6);
        expect(await page.locator('[data-triggers]').count()).toBe(2);
        expect(await page.locator('[data-triggers="A"] [data-trigger="welcome"]').count()).toBe(1);
        expect(await page.locator('[data-person] [data-moment="fired"]').count()).toBeGreaterThan(0);
        await takePicture(page, 'console-rehearsal');
        await page.getByRole('link', { name: 'All rehearsals' }).click();
        await page.getByRole('link', { name: 'a comparison' }).first().waitFor();
        await takePicture(page, 'console-rehearsals');
        expect(faults).toEqual([]);
      } finally {
        await browser.close();
      }
    },
    120_000,
  );
});
