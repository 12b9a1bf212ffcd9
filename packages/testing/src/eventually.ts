import { setTimeout as sleep } from 'node:timers/promises';

export interface EventuallyOptions {
  /** Gives up after this long; 10 s unless given. */
  readonly timeoutMs?: number;
  /** Pause between two tries; 50 ms unless given. */
  readonly everyMs?: number;
}

/**
 * Tries until `check` neither throws nor answers false, and answers what it answered. Fails with the last reason, so that
 * a test that waited in vain still says what was wrong.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 10_000, everyMs = 50 }: EventuallyOptions = {},
): Promise<T> {
  const endsAtMs = Date.now() + timeoutMs;
  for (;;) {
    let reason: unknown;
    try {
      const answer = await check();
      if (answer !== false) return answer;
      reason = new Error('it stayed false');
    } catch (error) {
      reason = error;
    }
    if (Date.now() >= endsAtMs) {
      const message = reason instanceof Error ? reason.message : String(reason);
      throw new Error(`not within ${timeoutMs} ms: ${message}`, { cause: reason });
    }
    await sleep(Math.min(everyMs, Math.max(0, endsAtMs - Date.now())));
  }
}
