// Runs other programs, keeps what they print, and never leaves one behind.
import { spawn } from 'node:child_process';
import { repoRoot } from './workspace.mjs';

/** @typedef {{ code: number, output: string, ms: number, timedOut: boolean }} RunResult */

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** True from the first signal on: whatever else is under way, nothing new is started. */
let ending = false;

/** @returns {boolean} true once a signal has come: its handler ends this process, so nobody else may */
export const isEnding = () => ending;

/**
 * Starts a program in its own process group, so that ending the group also ends what it started.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, show?: boolean, showOn?: NodeJS.WriteStream, timeoutMs?: number }} [options]
 *   `show` passes the output on while it comes; without it the output is only kept.
 * @returns {Promise<RunResult>} code 127 when the program could not be started, 124 when it took too long
 */
export function run(
  command,
  args,
  { cwd = repoRoot, env = {}, show = false, showOn = process.stdout, timeoutMs } = {},
) {
  const startedMs = performance.now();
  if (ending) return Promise.resolve({ code: 130, output: '', ms: 0, timedOut: false });
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    running.add(child);
    /** @type {Buffer[]} */
    const chunks = [];
    let timedOut = false;
    const keep = (/** @type {Buffer} */ chunk) => {
      chunks.push(chunk);
      if (show) showOn.write(chunk);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            killGroup(child, 'SIGTERM');
            setTimeout(() => killGroup(child, 'SIGKILL'), 5000).unref();
          }, timeoutMs);
    const finish = (/** @type {number} */ code, note = '') => {
      clearTimeout(timer);
      running.delete(child);
      const output = Buffer.concat(chunks).toString('utf8') + note;
      resolve({ code, output, ms: performance.now() - startedMs, timedOut });
    };
    child.on('error', (error) => finish(127, `${command} could not be started: ${error.message}\n`));
    child.on('close', (code) => {
      // A group may outlive its leader (a worker that hangs); it is ours, so it ends here.
      killGroup(child, 'SIGKILL');
      finish(timedOut ? 124 : (code ?? 1), timedOut ? `\nended after ${timeoutMs} ms: it took too long\n` : '');
    });
  });
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function killGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already: that is what we want.
  }
}

/** Ends everything that `run` started and that still runs. */
export async function endAll() {
  const children = [...running];
  for (const child of children) killGroup(child, 'SIGTERM');
  const deadlineMs = Date.now() + 5000;
  while (running.size > 0 && Date.now() < deadlineMs) await new Promise((wake) => setTimeout(wake, 50));
  for (const child of children) killGroup(child, 'SIGKILL');
}

/**
 * On SIGINT, SIGTERM or SIGHUP: end what was started, then `cleanUp`, then exit as a shell reports that signal.
 * npm forwards a signal that the terminal has delivered already, so only the first one counts.
 * @param {() => Promise<void>} [cleanUp]
 * @returns {() => void} call it to stop listening
 */
export function endAllOnSignals(cleanUp = async () => {}) {
  /** @type {Record<string, number>} */
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  const end = async (/** @type {string} */ signal) => {
    if (ending) return;
    ending = true;
    process.stderr.write(`\n${signal}: ending what was started …\n`);
    await endAll();
    await cleanUp().catch((error) => process.stderr.write(`while ending: ${error}\n`));
    process.exit(codes[signal]);
  };
  for (const signal of Object.keys(codes)) process.on(signal, end);
  return () => {
    for (const signal of Object.keys(codes)) process.off(signal, end);
  };
}

/**
 * The program of an installed package, run by this Node: no shell, no PATH.
 * @param {string} bin path below node_modules
 */
export const nodeBin = (bin) => `${repoRoot}/node_modules/${bin}`;
