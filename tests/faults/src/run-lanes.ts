import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Options } from './options.ts';
import { say } from './progress.ts';
import type { ScenarioReport } from './report.ts';

const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs lanes of scenarios beside each other, each in a process and a house of its own: they share nothing but the machine.
 * So waiting for a session timeout or for the end of an outage costs its time once. Whoever else works makes every limit
 * harder to keep, never easier.
 */
export async function runLanes(
  lanes: readonly (readonly string[])[],
  { seed, events }: Options,
  onReport: (report: ScenarioReport) => void,
): Promise<void> {
  const args = ['--seed', String(seed), ...(events === undefined ? [] : ['--events', String(events)])];
  const running = lanes.map((names) => new Lane(names, args, onReport));
  const pass = (signal: NodeJS.Signals): void => {
    for (const lane of running) lane.child.kill(signal);
  };
  for (const signal of signals) process.on(signal, pass);
  await Promise.all(running.map((lane) => lane.ended));
  for (const signal of signals) process.off(signal, pass);
}

class Lane {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;

  constructor(names: readonly string[], args: readonly string[], onReport: (report: ScenarioReport) => void) {
    const main = process.argv[1] ?? '';
    const stdio: ('ignore' | 'pipe' | 'ipc')[] = ['ignore', 'ignore', 'pipe', 'ipc'];
    this.child = fork(main, ['--only', names.join(','), ...args], { stdio });
    const missing = new Set(names);
    this.child.on('message', (report) => {
      const told = report as ScenarioReport;
      missing.delete(told.name);
      onReport(told);
    });
    const { stderr } = this.child;
    if (stderr !== null) createInterface({ input: stderr }).on('line', say);
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code) => {
        for (const name of missing) onReport(neverEnded(name, `its process ended with ${code}`));
        resolve();
      });
    });
  }
}

const neverEnded = (name: string, what: string): ScenarioReport => ({
  name,
  seconds: 0,
  phases: {},
  load: [0, 0],
  promises: [{ promise: 'the run comes to its end', findings: [{ fault: 'slow', where: name, what }] }],
});
