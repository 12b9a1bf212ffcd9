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
  readonly warmUpS: number;
  readonly seconds: number;
}

export interface LoadOutput {
  readonly requestsPerS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** With those of the warm-up. */
  readonly allRequests: number;
}

/** Asks as fast as it is answered. Every answer must be 200. */
const load = async (input: LoadInput): Promise<LoadOutput> => {
  const { port, kind, writeKey, connections, warmUpS, seconds } = input;
  const requests = new Requests(kind, writeKey);
  const startMs = performance.now() + warmUpS * 1_000;
  const endMs = startMs + seconds * 1_000;
  const tookMs: number[] = [];
  let allRequests = 0;
  await Promise.all(
    Array.from(
      { length: connections },
      () =>
        new Promise<void>((resolve, reject) => {
          const client = openRawClient({
            port,
            next: () => (performance.now() < endMs ? requests.next() : undefined),
            answered: (status, ms) => {
              allRequests += 1;
              if (status !== 200) {
                reject(new Error(`the server answered ${status}`));
                client.close();
              }
              const nowMs = performance.now();
              if (nowMs >= startMs && nowMs < endMs) tookMs.push(ms);
            },
            ended: (error) => (error === undefined ? resolve() : reject(error)),
          });
        }),
    ),
  );
  return {
    requestsPerS: tookMs.length / seconds,
    p50Ms: percentile(tookMs, 0.5),
    p99Ms: percentile(tookMs, 0.99),
    allRequests,
  };
};

export const works = declareWorks(import.meta.url, { load });
