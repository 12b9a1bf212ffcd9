import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { writeJson } from './home.ts';
import { withLock } from './lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'kairos-lock-'));
const file = join(folder, 'some.lock');

afterAll(() => rmSync(folder, { recursive: true }));

describe('a lock', () => {
  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await delay(5);
      inside -= 1;
    };
    await Promise.all([withLock(file, work), withLock(file, work), withLock(file, work)]);
    expect(most).toBe(1);
    expect(existsSync(file)).toBe(false);
  });

  it('is taken over from a holder that died', async () => {
    writeJson(file, { pid: process.pid, startMark: 'an earlier life' });
    expect(await withLock(file, async () => 'in')).toBe('in');
  });

  it('is given back when the work fails', async () => {
    await expect(withLock(file, async () => Promise.reject(new Error('oops')))).rejects.toThrow('oops');
    expect(existsSync(file)).toBe(false);
  });

  it('names the holder when waiting takes too long', async () => {
    const held = withLock(file, async () => await delay(200));
    await expect(withLock(file, async () => {}, 50)).rejects.toThrow(`held by process ${process.pid}`);
    await held;
  });
});
