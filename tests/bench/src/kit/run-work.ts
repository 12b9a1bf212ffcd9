import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Work } from './work.ts';
import type { WorkAnswer } from './worker-main.ts';

export interface RunWorkOptions {
  /** Heap limit of the process. Default: Node's own. */
  readonly maxHeapMb?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Folder for a CPU profile. */
  readonly profileTo?: string;
  /** Hears the process id at its start, for who watches it from outside. */
  onPid?(pid: number): void;
}

const running = new Set<ChildProcess>();

/** Ends the works under way: somebody has pressed Ctrl-C. */
export const endWorks = (): void => {
  for (const child of running) child.kill('SIGKILL');
};

const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** Runs a work in a fresh process and answers what it answered. Rejects with its error, or when it ends without an answer. */
export const runWork = <I, O>(work: Work<I, O>, input: I, options: RunWorkOptions = {}): Promise<O> => {
  const execArgv = [
    '--expose-gc',
    ...(options.maxHeapMb === undefined ? [] : [`--max-old-space-size=${options.maxHeapMb}`]),
    ...(options.profileTo === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${options.profileTo}`, `--cpu-prof-name=${work.name}-${Date.now()}.cpuprofile`]),
  ];
  const child = fork(fileURLToPath(new URL(`./worker-main.${ending}`, import.meta.url)), [], {
    execArgv,
    env: { ...process.env, ...options.env },
    // What a work prints is progress, never the result.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  running.add(child);
  if (child.pid !== undefined) options.onPid?.(child.pid);
  return new Promise<O>((resolve, reject) => {
    let answer: WorkAnswer | undefined;
    child.once('message', (message) => {
      answer = message as WorkAnswer;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      running.delete(child);
      if (answer?.kind === 'done') resolve(answer.output as O);
      else if (answer?.kind === 'failed') reject(new Error(`${work.name} failed: ${answer.error}`));
      else reject(new Error(`${work.name} ended without an answer (${signal ?? `exit code ${code}`})`));
    });
    child.send({ module: work.module, name: work.name, input });
  });
};
