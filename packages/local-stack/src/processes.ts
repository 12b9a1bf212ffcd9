import { type ExecFileSyncOptionsWithStringEncoding, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
} from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessIdentity } from './types.ts';

const onLinux = process.platform === 'linux';
const ROTATE_LOG_BYTES = 16 * 1024 * 1024;
const QUIETLY: ExecFileSyncOptionsWithStringEncoding = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };

let bootMark: string | undefined;
function machineStart(): string {
  bootMark ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return bootMark;
}

/** Field 22 of /proc/<pid>/stat; the name in field 2 may contain blanks and brackets, so count from its last bracket. */
function linuxStartMark(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    const startTicks = fields[19];
    if (state === 'Z' || state === 'X' || startTicks === undefined) return undefined;
    return `${machineStart()}:${startTicks}`;
  } catch {
    return undefined;
  }
}

function portableStartMark(pid: number): string | undefined {
  try {
    const [state = '', ...started] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], QUIETLY)
      .trim()
      .split(/\s+/);
    return state.startsWith('Z') || started.length === 0 ? undefined : started.join(' ');
  } catch {
    return undefined;
  }
}

/** The identity of a living process; `undefined` when there is none of that pid (a zombie is none). */
export function identify(pid: number): ProcessIdentity | undefined {
  const startMark = onLinux ? linuxStartMark(pid) : portableStartMark(pid);
  return startMark === undefined ? undefined : { pid, startMark };
}

/** Whether that very process still lives; false when its pid belongs to another one by now. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startMark === identity.startMark;
}

/** Sends a signal to that very process and to no other; false when it is gone. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, name);
    return true;
  } catch {
    return false;
  }
}

async function goneWithin(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const until = performance.now() + timeoutMs;
  while (isAlive(identity)) {
    if (performance.now() > until) return false;
    await delay(20);
  }
  return true;
}

export interface EndOptions {
  readonly stopSignal?: NodeJS.Signals;
  /** How long the process may take before SIGKILL. Default 10 s. */
  readonly graceMs?: number;
}

export async function end(identity: ProcessIdentity, options: EndOptions = {}): Promise<'gone' | 'ended' | 'killed'> {
  if (!signal(identity, options.stopSignal ?? 'SIGTERM')) return 'gone';
  if (await goneWithin(identity, options.graceMs ?? 10_000)) return 'ended';
  signal(identity, 'SIGKILL');
  await goneWithin(identity, 5_000);
  return 'killed';
}

export interface ChildSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Run as this user (only root may). */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Whether our process stays alive as long as the child does. Default: no. */
  readonly holdsUs?: boolean;
}

export interface Child {
  readonly identity: ProcessIdentity;
  /** Resolves with a clause such as `exit code 1` or `signal SIGKILL`; never rejects. */
  readonly exited: Promise<string>;
  hasExited(): boolean;
}

function openLog(file: string): number {
  if (existsSync(file) && statSync(file).size > ROTATE_LOG_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

/**
 * Starts a child that writes to its log file and survives us unless somebody ends it. It leads a process group of
 * its own, because Ctrl-C in a terminal signals the whole group and we end our children in order, ourselves.
 */
export async function spawnChild(spec: ChildSpec): Promise<Child> {
  const log = openLog(spec.logFile);
  const options: SpawnOptions = {
    detached: true,
    stdio: ['ignore', log, log],
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    env: { ...process.env, ...spec.env },
    ...(spec.user ?? {}),
  };
  const child = spawn(spec.command, [...spec.args], options);
  closeSync(log);
  let gone = false;
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      gone = true;
      resolve(error.message);
    });
    child.once('exit', (code, signalName) => {
      gone = true;
      resolve(signalName === null ? `exit code ${code}` : `signal ${signalName}`);
    });
  });
  if (!spec.holdsUs) child.unref();
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) throw new Error(`${spec.command} did not start: ${await exited}; see ${spec.logFile}`);
  return { identity, exited, hasExited: () => gone };
}

function listeningSockets(pid: number, port: number): Set<string> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const table of ['tcp', 'tcp6']) {
    const file = `/proc/${pid}/net/${table}`;
    if (!existsSync(file)) continue;
    for (const row of readFileSync(file, 'utf8').split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = row.trim().split(/\s+/);
      if (state === '0A' && local.endsWith(`:${wanted}`) && inode !== undefined) inodes.add(`socket:[${inode}]`);
    }
  }
  return inodes;
}

/** Whether the process holds a listening socket on the port; `undefined` when this system does not tell. */
export function listensOn(pid: number, port: number): boolean | undefined {
  if (onLinux) {
    try {
      const sockets = listeningSockets(pid, port);
      return readdirSync(`/proc/${pid}/fd`).some((handle) => {
        try {
          return sockets.has(readlinkSync(`/proc/${pid}/fd/${handle}`));
        } catch {
          return false;
        }
      });
    } catch {
      return undefined;
    }
  }
  try {
    const args = ['-a', '-p', String(pid), '-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t'];
    return execFileSync('lsof', args, QUIETLY).trim() !== '';
  } catch {
    return undefined;
  }
}

/** The last lines of a log, for an error message; of what was written from the given byte on. */
export function logTail(file: string, fromByte = 0): string {
  if (!existsSync(file)) return '(no log)';
  const written = readFileSync(file);
  // A log that was rotated in between is shorter than the mark.
  const recent = written.subarray(written.length < fromByte ? 0 : fromByte);
  return recent.toString().trimEnd().split('\n').slice(-12).join('\n');
}
