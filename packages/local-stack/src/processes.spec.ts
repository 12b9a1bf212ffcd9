import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type Child, end, identify, isAlive, listensOn, logTail, signal, spawnChild } from './processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'kairos-processes-'));
const logFile = join(folder, 'child.log');

async function child(script: string): Promise<Child> {
  const started = await spawnChild({
    command: process.execPath,
    args: ['-e', script],
    logFile,
    env: { NODE_OPTIONS: '' },
  });
  return started;
}

async function untilLogged(text: string): Promise<void> {
  while (!logTail(logFile).includes(text)) await new Promise((resolve) => setTimeout(resolve, 20));
}

afterAll(() => rmSync(folder, { recursive: true }));

describe('a process of ours', () => {
  it('is known by its pid and the moment of its start', () => {
    const me = identify(process.pid);
    expect(me?.pid).toBe(process.pid);
    expect(me === undefined ? false : isAlive(me)).toBe(true);
  });

  it('is never confused with another one that has got its pid since', async () => {
    const bystander = await child('setInterval(() => {}, 1000)');
    const earlier = { pid: bystander.identity.pid, startMark: 'some other start' };
    expect(isAlive(earlier)).toBe(false);
    expect(signal(earlier, 'SIGKILL')).toBe(false);
    expect(await end(earlier)).toBe('gone');
    expect(isAlive(bystander.identity)).toBe(true);
    expect(await end(bystander.identity)).toBe('ended');
    expect(await bystander.exited).toBe('signal SIGTERM');
  });

  it('counts as gone when it is a zombie that nobody has waited for', async () => {
    // The shell's background child ends; the shell, replaced by sleep, never waits for it.
    const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 5'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (data) => resolve(Number(data))));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(identify(pid)).toBeUndefined();
    parent.kill('SIGKILL');
  });

  it('is killed when it does not heed the signal to end', async () => {
    const stubborn = await child("process.on('SIGTERM', () => {}); console.log('deaf'); setInterval(() => {}, 1000)");
    await untilLogged('deaf');
    expect(await end(stubborn.identity, { graceMs: 100 })).toBe('killed');
    expect(isAlive(stubborn.identity)).toBe(false);
  });

  it('writes what it says to its log, and how it ended is known', async () => {
    const failing = await child("console.error('no such thing'); process.exit(3)");
    expect(await failing.exited).toBe('exit code 3');
    expect(readFileSync(logFile, 'utf8')).toContain('no such thing');
  });

  it('is an error naming the command when it cannot be started', async () => {
    const spec = { command: join(folder, 'missing'), args: [], logFile };
    await expect(spawnChild(spec)).rejects.toThrow(/missing did not start: .*ENOENT/);
  });

  it('holds a port or does not', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const other = await child('setInterval(() => {}, 1000)');
    expect(listensOn(process.pid, port)).toBe(true);
    expect(listensOn(other.identity.pid, port)).toBe(false);
    await end(other.identity);
    await new Promise((resolve) => server.close(resolve));
  });
});
