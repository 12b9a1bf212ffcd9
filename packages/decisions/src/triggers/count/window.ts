import type { CompiledWhen } from '../../compile-types.ts';
import type { ConditionScope } from '../../conditions/types.ts';
import { add, readAmount } from '../../profiles/money.ts';
import { calendarPeriodOf } from '../../time/index.ts';
import type { PatternEvent } from '../pattern-events.ts';
import { longestMsOf } from '../period-length.ts';
import { zoneOfScope } from '../person-zone.ts';

export type CountWhen = Extract<CompiledWhen, { type: 'count' }>;

/** An event that counts, and for how much: a decimal text where a sum is asked for, the value's text where values are told apart. */
export interface Counted extends PatternEvent {
  readonly value: string;
}

const MAX_VALUE_LENGTH = 200;
export const windowMsOf = ({ window }: CountWhen): number => longestMsOf(window);

/** What an event counts for; null when it lacks the value. */
export function countedValue(when: CountWhen, scope: ConditionScope): string | null {
  if (when.of === 'count') return '';
  const value = when.value?.value(scope) ?? null;
  if (when.of === 'sum') return readAmount(value);
  if (typeof value === 'string') return value === '' ? null : value.slice(0, MAX_VALUE_LENGTH);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

export interface Crossing {
  /** In order. */
  readonly events: readonly Counted[];
  readonly total: number;
}

/**
 * The first window with the event in it that reaches the limit, by its last event; null when none does. `events` are
 * those of one key, in order.
 */
export function crossingOf(
  events: readonly Counted[],
  event: Counted,
  { when, scope }: { readonly when: CountWhen; readonly scope: ConditionScope },
): Crossing | null {
  if (when.window.kind === 'calendar') {
    const zone = when.window.zone === 'company' ? when.companyZone : zoneOfScope(scope, when.companyZone).zone;
    const { fromMs, toMs } = calendarPeriodOf(event.atMs, when.window.per, zone);
    return reached(
      events.filter(({ atMs }) => atMs >= fromMs && atMs < toMs),
      when,
    );
  }
  const { ms } = when.window;
  for (const last of events) {
    if (last.atMs < event.atMs || last.atMs >= event.atMs + ms) continue;
    const found = reached(
      events.filter(({ atMs }) => atMs > last.atMs - ms && atMs <= last.atMs),
      when,
    );
    if (found !== null) return found;
  }
  return null;
}

function reached(events: readonly Counted[], when: CountWhen): Crossing | null {
  const total = totalOf(events, when);
  return total >= when.atLeast ? { events, total } : null;
}

/** What is counted in the window that ends with an event, or that it lies in. `events` are those of one key, in order. */
export function totalUpTo(
  events: readonly Counted[],
  atMs: number,
  { when, scope }: { readonly when: CountWhen; readonly scope: ConditionScope },
): number {
  const { window } = when;
  if (window.kind === 'rolling') {
    return totalOf(
      events.filter((one) => one.atMs > atMs - window.ms && one.atMs <= atMs),
      when,
    );
  }
  const zone = window.zone === 'company' ? when.companyZone : zoneOfScope(scope, when.companyZone).zone;
  const { fromMs, toMs } = calendarPeriodOf(atMs, window.per, zone);
  return totalOf(
    events.filter((one) => one.atMs >= fromMs && one.atMs < toMs),
    when,
  );
}

function totalOf(events: readonly Counted[], { of }: CountWhen): number {
  switch (of) {
    case 'count':
      return events.length;
    case 'distinct':
      return new Set(events.map(({ value }) => value)).size;
    case 'sum':
      return Number(events.reduce((sum, { value }) => add(sum, value), '0'));
  }
}
