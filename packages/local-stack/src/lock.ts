import { linkSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readJson, writeJson } from './home.ts';
import { identify, isAlive } from './processes.ts';
import type { ProcessIdentity } from './types.ts';

let attempts = 0;

function tryTake(file: string, me: ProcessIdentity): boolean {
  attempts += 1;
  const mine = `${file}.${process.pid}.${attempts}`;
  writeJson(mine, me);
  try {
    linkSync(mine, file); // Fails when somebody holds the lock; the content is there from the first moment.
    return true;
  } catch {
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Moves a dead holder's lock away. Renaming first and looking after keeps two helpers from removing a live lock. */
function clearDead(file: string): void {
  const holder = readJson<ProcessIdentity>(file);
  if (holder !== undefined && isAlive(holder)) return;
  const aside = `${file}.${process.pid}.dead`;
  try {
    renameSync(file, aside);
    const moved = readJson<ProcessIdentity>(aside);
    if (moved !== undefined && isAlive(moved)) linkSync(aside, file);
  } catch {
    // Somebody else was faster: the next attempt sees what is there now.
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Runs the work while no other process, and no other call here, holds the same lock file. */
export async function withLock<T>(file: string, work: () => Promise<T>, timeoutMs = 300_000): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const me = identify(process.pid);
  if (me === undefined) throw new Error('cannot read my own entry in the process table');
  const until = performance.now() + timeoutMs;
  while (!tryTake(file, me)) {
    clearDead(file);
    if (performance.now() > until) {
      const holder = readJson<ProcessIdentity>(file);
      throw new Error(`${file} is held by process ${holder?.pid} for ${timeoutMs} ms: end that process or wait`);
    }
    await delay(50);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
