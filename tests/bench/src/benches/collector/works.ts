import { treeCpuS } from '../../kit/proc.ts';
import { percentile } from '../../kit/statistics.ts';
import { declareWorks } from '../../kit/work.ts';
import { openRawClient } from './raw-client.ts';
import { type RequestKind, Requests } from './requests.ts';

export interface LoadInput {
  readonly port: number;
  readonly kind: RequestKind;
  readonly writeKey: string;
  /** Requests under way at the same time. */
  readonly connections: number;
  /** What is measured begins after both: a slow machine's compiler wants as many requests as a quick one's. */
  readonly warmUpS: number;
  readonly warmUpRequests: number;
  readonly seconds: number;
  /** The server, to read what it costs while it is measured. */
  readonly serverPid: number;
}

export interface LoadOutput {
  readonly requestsPerS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** User and system time of the server process, all threads. */
  readonly cpuUsPerRequest: number;
}

/** Asks as fast as it is answered. Every answer must be 200. */
const load = async (input: LoadInput): Promise<LoadOutput> => {
  const { port, kind, writeKey, connections, warmUpS, warmUpRequests, seconds, serverPid } = input;
  const requests = new Requests(kind, writeKey);
  const warmMs = performance.now() + warmUpS * 1_000;
  const tookMs: number[] = [];
  let endMs = Number.POSITIVE_INFINITY;
  let cpuS = 0;
  let warmingUp = warmUpRequests;
  let measured: () => void = () => undefined;
  const isMeasured = new Promise<void>((resolve) => {
    measured = resolve;
  });
  const answered = (ms: number): void => {
    if (endMs < Number.POSITIVE_INFINITY) {
      if (performance.now() < endMs) tookMs.push(ms);
      return;
    }
    warmingUp -= 1;
    if (warmingUp > 0 || performance.now() < warmMs) return;
    endMs = performance.now() + seconds * 1_000;
    cpuS = treeCpuS(serverPid);
    setTimeout(() => {
      cpuS = treeCpuS(serverPid) - cpuS;
      measured();
    }, seconds * 1_000);
  };
  await Promise.all(
    Array.from(
      { length: connections },
      () =>
        new Promise<void>((resolve, reject) => {
          const client = openRawClient({
            port,
            next: () => (performance.now() < endMs ? requests.next() : undefined),
            answered: (status, ms) => {
              if (status !== 200) {
                reject(new Error(`the server answered ${status}`));
                client.close();
              }
              answered(ms);
            },
            ended: (error) => (error === undefined ? resolve() : reject(error)),
          });
        }),
    ),
  );
  await isMeasured;
  return {
    requestsPerS: tookMs.length / seconds,
    p50Ms: percentile(tookMs, 0.5),
    p99Ms: percentile(tookMs, 0.99),
    cpuUsPerRequest: (cpuS * 1e6) / tookMs.length,
  };
};

export const works = declareWorks(import.meta.url, { load });
