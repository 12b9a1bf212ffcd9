import { isSafeName, own } from './json.ts';
import { absolute, add, readAmount } from './money.ts';
import { earlierProduct, laterProduct, productOf } from './products.ts';
import { draftOf, type ProfileState } from './profile-state.ts';

/** Event names that are counted each for itself. */
export const MAX_COUNTERS = 200;

/** Events whose properties the fold of orders reads. */
export const MONEY_EVENTS: ReadonlySet<string> = new Set([
  'Order Completed',
  'Order Refunded',
  'Stock Adjusted',
  'Account Adjusted',
]);

/** Counts an event under its name; beyond 200 names only the total counts on. */
export function countEvent(profile: ProfileState, name: string): Pick<ProfileState, 'eventCount' | 'counters'> {
  return { eventCount: profile.eventCount + 1, counters: countersWith(profile.counters, name) };
}

function countersWith(counters: ProfileState['counters'], name: string): ProfileState['counters'] {
  const known = Object.hasOwn(counters, name) ? counters[name] : undefined;
  const hasRoom = known !== undefined || Object.keys(counters).length < MAX_COUNTERS;
  if (!hasRoom || !isSafeName(name)) return counters;
  // Copied, then set: in one expression it takes three times as long.
  const next: Record<string, number> = { ...counters };
  next[name] = (known ?? 0) + 1;
  return next;
}

/** Folds an order, a refund or an adjustment in exact decimals. An amount that can't be read counts as zero. */
export function applyMoney(
  profile: ProfileState,
  event: { readonly name: string; readonly properties: Readonly<Record<string, unknown>>; readonly atMs: number },
): ProfileState {
  const amount = amountOf(event.properties);
  const next = draftOf(profile);
  switch (event.name) {
    case 'Order Completed': {
      const product = productOf(event.properties);
      const said = product === null ? null : { value: product, atMs: event.atMs };
      next.orderCount = profile.orderCount + 1;
      next.orderValue = add(profile.orderValue, amount);
      next.firstOrderAtMs = Math.min(profile.firstOrderAtMs ?? event.atMs, event.atMs);
      next.lastOrderAtMs = Math.max(profile.lastOrderAtMs ?? event.atMs, event.atMs);
      next.firstProduct = earlierProduct(profile.firstProduct, said);
      next.lastProduct = laterProduct(profile.lastProduct, said);
      return next;
    }
    case 'Order Refunded':
      next.refundCount = profile.refundCount + 1;
      // Some shops send what was paid back with a minus sign.
      next.refundValue = add(profile.refundValue, absolute(amount));
      return next;
    case 'Stock Adjusted':
    case 'Account Adjusted':
      next.adjustmentValue = add(profile.adjustmentValue, amount);
      return next;
    default:
      return profile;
  }
}

function amountOf(properties: Readonly<Record<string, unknown>>): string {
  for (const name of ['total', 'revenue', 'value']) {
    const amount = readAmount(own(properties, name));
    if (amount !== null) return amount;
  }
  return '0';
}
