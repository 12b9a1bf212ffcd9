import type { CountWindow } from '../definitions.ts';

const DAY_MS = 86_400_000;
/** Longer than any such period, whatever the clocks do and wherever the person travels meanwhile. */
const LONGEST_MS = { day: 3 * DAY_MS, week: 9 * DAY_MS, month: 33 * DAY_MS } as const;

/** How long a period or window is at most, ms. */
export const longestMsOf = (window: CountWindow): number =>
  window.kind === 'rolling' ? window.ms : LONGEST_MS[window.per];
