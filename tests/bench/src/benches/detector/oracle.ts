import { EVENTS_PER_TICK, type ShopSize, shopEvents, timeOf } from './shop.ts';

/** Firings, counted and summed up so that two sets of millions can be compared: order does not matter, repeats do. */
export class FiringSum {
  count = 0;
  #low = 0;
  #high = 0;

  add(customer: number, dueAtMs: number): void {
    this.count += 1;
    const mixed = Math.imul(customer + 1, 0x9e3779b1) ^ Math.imul(dueAtMs % 0x7fff_ffff, 0x85ebca6b);
    this.#low = (this.#low + (mixed >>> 16)) % 0x1_0000_0000;
    this.#high = (this.#high + (Math.imul(mixed, 0xc2b2ae35) >>> 0)) % 0x1_0000_0000;
  }

  get digest(): string {
    return `${this.count}:${this.#low.toString(16)}:${this.#high.toString(16)}`;
  }
}

const WINDOW_MS = 3_600_000;

/**
 * What must fire, told without any code of ours: a cart add sets the customer's alarm to an hour later, the next one sets it
 * anew, an order takes it away; an alarm rings at the first record of time that has reached it, or, where each timer fires at
 * its own moment, before anything that happens later.
 */
export const expectedFirings = (size: ShopSize, { atOwnMoment = false } = {}): FiringSum => {
  const sum = new FiringSum();
  const alarms = new Float64Array(size.customers);
  // Set in order of time and all as long, so they come due in the order in which they were set.
  const set: number[] = [];
  const setAtMs: number[] = [];
  let next = 0;
  const ring = (timeMs: number): void => {
    for (; next < set.length; next += 1) {
      const customer = set[next] ?? 0;
      const dueAtMs = (setAtMs[next] ?? 0) + WINDOW_MS;
      if (dueAtMs > timeMs) return;
      // Not set anew and not taken away since.
      if (alarms[customer] !== dueAtMs) continue;
      sum.add(customer, dueAtMs);
      alarms[customer] = 0;
    }
  };
  for (const { number, customer, act, atMs } of shopEvents(size)) {
    if (atOwnMoment) ring(atMs);
    if (act === 'add') {
      alarms[customer] = atMs + WINDOW_MS;
      set.push(customer);
      setAtMs.push(atMs);
    } else if (act === 'order') alarms[customer] = 0;
    if (number % EVENTS_PER_TICK === EVENTS_PER_TICK - 1) ring(atMs);
  }
  ring(timeOf(size.events - 1, size));
  return sum;
};
