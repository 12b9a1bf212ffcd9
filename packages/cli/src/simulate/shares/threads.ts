import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { History } from '../history/history.ts';
import type { Way } from './messages.ts';

/** More than this many threads would wait for the one that reads. */
const MOST_WORKERS = 8;
/** A thread takes half a second to start: a shorter history is walked through by then. */
const WORTH_SHARING_BYTES = 4_000_000;

/** One thread a core, where the history is long enough to be worth it. */
export const defaultWorkers = ({ bytes = 0 }: Pick<History, 'bytes'>): number =>
  bytes < WORTH_SHARING_BYTES ? 1 : Math.min(MOST_WORKERS, availableParallelism());

/** Somebody who walks a share. */
export interface Walker {
  readonly way: Way;
  /** Tells of an end that nobody asked for, also of one that was before. */
  onFailure(failed: (error: unknown) => void): void;
  close(): Promise<void>;
}

/** Starts a walker in a thread of its own. */
export function startThread(): Walker {
  const worker = new Worker(new URL('./share-main.js', import.meta.url));
  let failure: { readonly error: unknown } | undefined;
  let tell: (error: unknown) => void = () => undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    tell(error);
  };
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`a worker of the rehearsal ended by itself, with code ${code}`)));
  return {
    way: worker as Way,
    onFailure(failed) {
      tell = failed;
      if (failure !== undefined) failed(failure.error);
    },
    async close() {
      worker.removeAllListeners();
      await worker.terminate();
    },
  };
}
