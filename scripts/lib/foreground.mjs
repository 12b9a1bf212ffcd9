// Hands the terminal to another program and stays behind it until it ends.
import { spawn } from 'node:child_process';

/** A repeat within this time is npm or the shell delivering the same key press again, not a second key press. */
const sameKeyPressMs = 1000;

const parentWatchMs = 500;

/**
 * Runs a program in the foreground and ends as it ends.
 *
 * The program gets its own process group, so that one Ctrl-C reaches it once: the terminal signals this process, npm
 * forwards the same signal again, and only the first is passed on. A second, later Ctrl-C is passed on too (the program
 * may then stop at once); a third ends the group.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string }} [options]
 * @returns {Promise<number>} the exit code, as a shell reports it
 */
export function runInForeground(command, args, { cwd = process.cwd() } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: 'inherit', detached: true });
    let passedOn = 0;
    let lastMs = Number.NEGATIVE_INFINITY;
    const signalGroup = (/** @type {NodeJS.Signals} */ signal) => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, signal);
      } catch {
        // Nothing is left in the group.
      }
    };
    /** @type {NodeJS.SignalsListener} */
    const passOn = (signal) => {
      const nowMs = performance.now();
      if (nowMs - lastMs < sameKeyPressMs) return;
      lastMs = nowMs;
      passedOn += 1;
      if (passedOn >= 3) signalGroup('SIGKILL');
      // Only the program itself is told; it knows in which order its own children have to end.
      else child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
    };
    /** @type {NodeJS.Signals[]} */
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, passOn);
    // npm starts us through a shell, and a shell that gets SIGTERM ends without telling us: then we are orphans.
    // Without npm, going on without the shell that started us (`… &`, then logging out) is what a person meant.
    const startedByNpm = process.env.npm_lifecycle_event !== undefined;
    const parentPid = process.ppid;
    const parentWatch = setInterval(() => {
      // Whoever was told already is draining, and a repeat would cut that short.
      if (startedByNpm && process.ppid !== parentPid && passedOn === 0) passOn('SIGTERM');
    }, parentWatchMs);
    const finish = (/** @type {number} */ code) => {
      clearInterval(parentWatch);
      for (const signal of signals) process.off(signal, passOn);
      resolve(code);
    };
    child.on('error', (error) => {
      process.stderr.write(`${command} could not be started: ${error.message}\n`);
      finish(127);
    });
    child.on('exit', (code, signal) => {
      signalGroup('SIGKILL');
      finish(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}
