import { isSafeName, own } from './json.ts';
import { absolute, add, readAmount } from './money.ts';
import { earlierProduct, laterProduct, productOf } from './products.ts';
import type { ProfileState } from './profile-state.ts';

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
  const { counters } = profile;
  const known = Object.hasOwn(counters, name) ? counters[name] : undefined;
  const hasRoom = known !== undefined || Object.keys(counters).length < MAX_COUNTERS;
  return {
    eventCount: profile.eventCount + 1,
    counters: hasRoom && isSafeName(name) ? { ...counters, [name]: (known ?? 0) + 1 } : counters,
  };
}

/** Folds an order, a refund or an adjustment in exact decimals. An amount that can't be read counts as zero. */
export function applyMoney(
  profile: ProfileState,
  event: { readonly name: string; readonly properties: Readonly<Record<string, unknown>>; readonly atMs: number },
): ProfileState {
  const amount = amountOf(event.properties);
  switch (event.name) {
    case 'Order Completed': {
      const product = productOf(event.properties);
      const said = product === null ? null : { value: product, atMs: event.atMs };
      return {
        ...profile,
        orderCount: profile.orderCount + 1,
        orderValue: add(profile.orderValue, amount),
        firstOrderAtMs: Math.min(profile.firstOrderAtMs ?? event.atMs, event.atMs),
        lastOrderAtMs: Math.max(profile.lastOrderAtMs ?? event.atMs, event.atMs),
        firstProduct: earlierProduct(profile.firstProduct, said),
        lastProduct: laterProduct(profile.lastProduct, said),
      };
    }
    case 'Order Refunded':
      return {
        ...profile,
        refundCount: profile.refundCount + 1,
        // Some shops send what was paid back with a minus sign.
        refundValue: add(profile.refundValue, absolute(amount)),
      };
    case 'Stock Adjusted':
    case 'Account Adjusted':
      return { ...profile, adjustmentValue: add(profile.adjustmentValue, amount) };
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
