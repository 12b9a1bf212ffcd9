import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { holdName } from './hold-name.ts';

let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kairos-name-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Another process that holds the first name, as `holdName` does. */
const holder = async (): Promise<ChildProcess> => {
  const socket = path.join(folder, 'detector.0.sock');
  const script = `require('node:net').createServer().listen(${JSON.stringify(socket)}, () => console.log('holds'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
};

const nameOf = async (): Promise<string | undefined> => (await holdName(folder, 'detector'))?.name.split('/').at(-1);

it('gives each living process a name of its own, and that of a dead one to the next', async () => {
  const other = await holder();
  const second = await holdName(folder, 'detector');
  expect(second?.name).toMatch(/:.*detector\.1\.sock$/);
  expect(await nameOf()).toBe('detector.2.sock');
  expect((await holdName(folder, 'enricher'))?.name).toMatch(/enricher\.0\.sock$/);
  other.kill('SIGKILL');
  await once(other, 'exit');
  expect(await nameOf()).toBe('detector.0.sock');
  await second?.release();
  expect(await nameOf()).toBe('detector.1.sock');
});

it('takes a paused process for alive', async () => {
  const paused = await holder();
  paused.kill('SIGSTOP');
  expect(await nameOf()).toBe('detector.1.sock');
});

it('does without where a socket cannot be had', async () => {
  expect(await holdName(path.join(folder, 'long'.repeat(40)), 'detector')).toBeUndefined();
  expect(await holdName('/dev/null/no-folder', 'detector')).toBeUndefined();
});
