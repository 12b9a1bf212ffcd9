/** A line for whoever watches the run. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`);

const QUIET_MS = 10_000;
let lastSaidMs = 0;

/** One line that is written over on a terminal; elsewhere a line now and then, so that logs stay short. */
export function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K  ${line.slice(0, 110)}`);
  else if (line !== '' && performance.now() - lastSaidMs > QUIET_MS) {
    lastSaidMs = performance.now();
    say(`  … ${line}`);
  }
}
