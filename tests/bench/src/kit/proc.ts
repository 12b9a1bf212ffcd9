import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ: Linux shows times to programs in hundredths of a second on every machine that Node runs on. */
const TICKS_PER_S = 100;
const SAMPLE_EVERY_MS = 200;

export interface ProcessFigures {
  /** User and system time of the process and of children that have ended, all threads. */
  readonly cpuS: number;
  readonly parentPid: number;
}

/** Reads a line of `/proc/<pid>/stat`. The name in it may hold blanks and brackets: what counts comes after the last one. */
export const parseStat = (line: string): ProcessFigures => {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  // proc(5) counts from 1 and the name is field 2, so that field n stands at n - 3 here.
  const field = (number: number): number => Number(fields[number - 3]);
  const ticks = field(14) + field(15) + field(16) + field(17);
  if (!Number.isFinite(ticks)) throw new Error(`not a line of /proc/<pid>/stat: ${line.slice(0, 80)}`);
  return { cpuS: ticks / TICKS_PER_S, parentPid: field(4) };
};

/** Peak resident memory (`VmHWM`) of the text of `/proc/<pid>/status`, in MB; 0 for a process that has ended. */
export const parsePeakRssMb = (status: string): number =>
  (Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024) / 1e6;

/** The process and everything below it, from pairs of pid and parent. */
export const treeOf = (root: number, parents: ReadonlyMap<number, number>): number[] => {
  const below = new Map<number, number[]>();
  for (const [pid, parent] of parents) below.set(parent, [...(below.get(parent) ?? []), pid]);
  const found: number[] = [];
  const waiting = [root];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    found.push(pid);
    waiting.push(...(below.get(pid) ?? []));
  }
  return found;
};

const readIfAlive = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // it has ended
  }
};

const allStats = (): Map<number, ProcessFigures> => {
  const stats = new Map<number, ProcessFigures>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const line = readIfAlive(`/proc/${name}/stat`);
    if (line !== undefined) stats.set(Number(name), parseStat(line));
  }
  return stats;
};

/** CPU seconds (user and system) that a process and its descendants have used so far. */
export const treeCpuS = (pid: number): number => {
  const stats = allStats();
  const parents = new Map([...stats].map(([one, { parentPid }]) => [one, parentPid]));
  return treeOf(pid, parents).reduce((sum, one) => sum + (stats.get(one)?.cpuS ?? 0), 0);
};

/** Peak resident memory of one process in MB. */
export const peakRssMb = (pid: number | 'self' = 'self'): number =>
  parsePeakRssMb(readIfAlive(`/proc/${pid}/status`) ?? '');

/** Resident memory of this process now, in MB. */
export const usedRssMb = (): number => process.memoryUsage.rss() / 1e6;

const treePeakRssMb = (pid: number): number => {
  const parents = new Map([...allStats()].map(([one, { parentPid }]) => [one, parentPid]));
  return treeOf(pid, parents).reduce((sum, one) => sum + peakRssMb(one), 0);
};

export interface TreeUsage {
  /** CPU seconds since the watch began. */
  readonly cpuS: number;
  /** The sum of the peaks of the processes that were alive together. */
  readonly peakRssMb: number;
}

/** Watches a foreign process (a peer, a service, a broker): what it and its descendants use from now until `stop`. */
export const watchTree = (pid: number): { read(): TreeUsage; stop(): TreeUsage } => {
  const beganS = treeCpuS(pid);
  let cpuS = 0;
  let rssMb = 0;
  const sample = (): TreeUsage => {
    // A process that has ended counts as zero: keep what was seen of it.
    cpuS = Math.max(cpuS, treeCpuS(pid) - beganS);
    rssMb = Math.max(rssMb, treePeakRssMb(pid));
    return { cpuS, peakRssMb: rssMb };
  };
  const timer = setInterval(sample, SAMPLE_EVERY_MS);
  timer.unref();
  return {
    read: sample,
    stop: () => {
      clearInterval(timer);
      return sample();
    },
  };
};
