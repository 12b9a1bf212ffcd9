import type { Quota } from '../ports.ts';

interface Bucket {
  tokens: number;
  atMs: number;
}

/**
 * A token bucket per source, in this process: `perSecond` events flow in, at most `burst` gather. A batch may take the
 * bucket below zero, so that one larger than the burst can be taken at all; what follows then waits.
 */
export function memoryQuota(options: { readonly perSecond: number; readonly burst: number; nowMs(): number }): Quota {
  const { perSecond, burst, nowMs } = options;
  const buckets = new Map<string, Bucket>();
  return {
    take(sourceId, events) {
      const now = nowMs();
      const bucket = buckets.get(sourceId) ?? { tokens: burst, atMs: now };
      buckets.set(sourceId, bucket);
      bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.atMs) / 1_000) * perSecond);
      bucket.atMs = now;
      if (bucket.tokens <= 0) return Math.max(1, Math.ceil(((1 - bucket.tokens) / perSecond) * 1_000));
      bucket.tokens -= events;
      return 0;
    },
  };
}
