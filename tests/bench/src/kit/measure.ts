import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What a piece of work took in this process, all threads together. */
export interface Took<T> {
  readonly result: T;
  readonly wallS: number;
  readonly cpuS: number;
}

/** Runs a piece of work and says what it took. */
export const measure = async <T>(work: () => T | Promise<T>): Promise<Took<T>> => {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const result = await work();
  const wallS = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { result, wallS, cpuS: (user + system) / 1e6 };
};

export interface LoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const RESOLUTION_MS = 1;

/** Watches how late the event loop of this process is from now until the answer is called. */
export const watchLoopDelay = (): (() => LoopDelay) => {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  // The histogram holds the time between two looks: the pause that was wished for is no delay.
  const inMs = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS);
  return () => {
    histogram.disable();
    return {
      p50Ms: inMs(histogram.percentile(50)),
      p99Ms: inMs(histogram.percentile(99)),
      maxMs: inMs(histogram.max),
    };
  };
};

/** Heap and buffers that are still referred to, in bytes. Collects garbage first where the process may (`--expose-gc`). */
export const usedBytes = (): number => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
