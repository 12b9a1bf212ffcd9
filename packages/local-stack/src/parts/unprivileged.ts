import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

async function accountOf(name: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { name, uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/** Whom Postgres runs as when we are root (it refuses root); `undefined` when we are not root: then it runs as we do. */
export async function unprivilegedAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const account = (await accountOf('postgres')) ?? (await accountOf('nobody'));
  if (account === undefined) {
    throw new Error(
      'Postgres refuses to run as root, and there is no user postgres or nobody: create one, or run as a plain user',
    );
  }
  return account;
}

/** Whether the account may walk down to the folder: every step needs the execute bit. */
export function canReach(folder: string, account: Account): boolean {
  for (let step = resolve(folder); ; step = dirname(step)) {
    const { mode, uid, gid } = statSync(step);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (step === dirname(step)) return true;
  }
}

/** A folder of ours outside any private home, one for each thing that it stands in for. */
export function reachableFolder(purpose: 'data' | 'binaries', standsFor: string): string {
  const mark = createHash('sha256').update(standsFor).digest('hex').slice(0, 12);
  const folder = join('/var/tmp', `kairos-${purpose}-${mark}`);
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  // In a place where everybody may write, the name may have been taken by somebody else.
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new Error(
      `${folder} belongs to somebody else: remove it, or set KAIROS_HOME to a folder that others may walk through`,
    );
  }
  return folder;
}
