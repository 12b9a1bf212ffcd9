import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { pidsWith, repository } from './kit/house.ts';

// The README's first command, as a newcomer runs it: from a clean clone, without a hand.
let folder: string;
let clone: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kairos-start-'));
  clone = path.join(folder, 'kairos');
  execFileSync('git', ['clone', '--quiet', repository, clone]);
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly child: ChildProcess;
  text(): string;
}

function npmStart(): Run {
  const env: NodeJS.ProcessEnv = { ...process.env, NODE_OPTIONS: '', CI: '1' };
  for (const name of ['KAIROS_HOME', 'KAIROS_E2E_HOME', 'KAIROS_TEST_STACK', 'JEST_WORKER_ID']) delete env[name];
  // A group of its own, as a terminal gives it: Ctrl-C reaches everybody in it.
  const child = spawn('npm', ['start'], { cwd: clone, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    text += String(chunk);
  });
  return { child, text: () => text };
}

async function waitFor(run: Run, words: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
  const untilMs = Date.now() + timeoutMs;
  for (;;) {
    const found = words.exec(run.text());
    if (found !== null) return found;
    if (run.child.exitCode !== null)
      throw new Error(`npm start ended with ${run.child.exitCode}:\n${run.text().slice(-4_000)}`);
    if (Date.now() > untilMs) throw new Error(`no ${words} after ${timeoutMs} ms:\n${run.text().slice(-4_000)}`);
    await delay(200);
  }
}

async function ctrlC({ child }: Run): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-(child.pid ?? 0), 'SIGINT');
  await ended;
}

/** The house's processes know the clone's path by their command line; the few that take a moment more get it. */
async function leftBehind(): Promise<number[]> {
  for (let attempt = 0; attempt < 40; attempt++) {
    if ((await pidsWith(clone)).length === 0) return [];
    await delay(250);
  }
  return pidsWith(clone);
}

it('npm start on a clean clone reaches ready and the first explained message; Ctrl-C leaves nothing; it starts again', async () => {
  const startedMs = performance.now();
  const first = npmStart();
  await waitFor(first, /Kairos is ready/, 400_000);
  const readySeconds = (performance.now() - startedMs) / 1000;
  expect(first.text()).toMatch(/console.*http:\/\/127\.0\.0\.1:\d+/);
  const message = await waitFor(first, /first message.*after ([\d.]+) s: (.+)/, 120_000);
  process.stdout.write(
    `npm start: ready ${readySeconds.toFixed(1)} s after a clean clone, first message ${message[1]} s after install and build: ${message[2]}\n`,
  );
  await ctrlC(first);
  expect(await leftBehind()).toEqual([]);

  const second = npmStart();
  await waitFor(second, /Kairos is ready/, 200_000);
  await waitFor(second, /first message/, 120_000);
  await ctrlC(second);
  expect(await leftBehind()).toEqual([]);
}, 900_000);
