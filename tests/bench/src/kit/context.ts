import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PartName, type RunningStack, startTestStack } from '@kairos/local-stack';
import type { BenchContext } from './bench.ts';
import { interleave } from './interleave.ts';
import { endWorks, type RunWorkOptions, runWork } from './run-work.ts';
import type { Work } from './work.ts';

export interface ContextOptions {
  readonly runs: number;
  readonly quick: boolean;
  readonly options: Readonly<Record<string, string>>;
  /** Take a CPU profile of every work. */
  readonly profile: boolean;
  say(text: string): void;
}

export interface OpenContext {
  readonly context: BenchContext;
  /** Where the profiles are, if any were asked for. */
  readonly profileTo: string | undefined;
  /** Ends works and stack, and undoes what benches have asked to be undone. */
  close(): Promise<void>;
}

const seconds = (sinceMs: number): string => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

/** What a bench works with, and how it ends. */
export const openContext = ({ runs, quick, options, profile, say }: ContextOptions): OpenContext => {
  const undos: (() => Promise<void> | void)[] = [];
  const profileTo = profile ? mkdtempSync(join(tmpdir(), 'kairos-profiles-')) : undefined;
  // Services write theirs where the works do, unless told otherwise.
  const profiles = options.profiles || profileTo;
  let stack: Promise<RunningStack> | undefined;

  const context: BenchContext = {
    runs,
    quick,
    options: profiles === undefined ? options : { ...options, profiles },
    prefix: `bench-${randomBytes(4).toString('hex')}-`,
    say,
    onEnd: (undo) => void undos.push(undo),
    stack: (parts: readonly PartName[]) => {
      stack ??= startTestStack({ parts }).then((started) => {
        undos.unshift(() => started.stop());
        return started;
      });
      return stack;
    },
    interleave: (variants) => {
      const told = Object.entries<() => Promise<unknown>>(variants).map(([name, run]) => [
        name,
        async (at: number) => {
          const beganMs = performance.now();
          const result = await run();
          say(`${name}, run ${at} of ${runs}: ${seconds(beganMs)}`);
          return result;
        },
      ]);
      return interleave(Object.fromEntries(told), runs);
    },
    work: <I, O>(work: Work<I, O>, input: I, more: RunWorkOptions = {}) =>
      runWork(work, input, { ...(profileTo === undefined ? {} : { profileTo }), ...more }),
  };

  const close = async (): Promise<void> => {
    endWorks();
    // A stack that is still starting is ended too.
    await stack?.catch(() => undefined);
    for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) {
      await Promise.resolve(undo()).catch((error: unknown) => say(`could not tidy up: ${error}`));
    }
  };
  return { context, profileTo, close };
};
