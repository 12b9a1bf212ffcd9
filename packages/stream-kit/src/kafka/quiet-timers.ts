import requestQueue from 'kafkajs/src/network/requestQueue/index.js';

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  scheduleCheckPendingRequests(): void;
  checkPendingRequests(): void;
}

const CHECK_AFTER_MS = 10;

/**
 * kafkajs 2.2.4 re-arms a timer of one millisecond on every connection for ever, with nothing to check (kafkajs#1751):
 * some forty per cent of the CPU of an idle process. Its queue checks itself whenever an answer comes in, so the timer is
 * of use only while requests wait. Safe to call twice.
 */
export const quietTimers = (): void => {
  const queue = requestQueue as { readonly prototype: RequestQueue };
  queue.prototype.scheduleCheckPendingRequests = function schedule(this: RequestQueue): void {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return;
    const waitMs = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      waitMs > 0 ? waitMs : CHECK_AFTER_MS,
    );
  };
};
