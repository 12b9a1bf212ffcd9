import { parseObject } from '../../profiles/json.ts';
import { isCancelled } from '../memory.ts';
import type { Pair } from '../merge-types.ts';
import { zoneOfScope } from '../person-zone.ts';
import { type Watched, watchedValue } from '../profile-value.ts';
import type { Own } from '../state.ts';
import { type ArmAt, armed, datesOf, ownWith, type WaitingDate } from './waiting-dates.ts';

/**
 * One date per key: that of the profile which the two make together, or what the later event told; by the clock of the zone
 * that the one person has. What either side has dealt with does not come again.
 */
export function mergeDates({ into, from, trigger, at }: Pair): Own | null {
  const nowMs = Math.max(at.timeMs, at.linkedAtMs);
  const byKey = new Map<string, WaitingDate>();
  for (const date of [...datesOf(into), ...datesOf(from)]) {
    const known = byKey.get(date.key);
    byKey.set(date.key, known === undefined ? date : later(known, date));
  }
  const dates = [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  if (trigger?.when.type !== 'date') return ownWith(dates, nowMs);
  const { when } = trigger;
  const profile = parseObject(at.profile);
  const armAt: ArmAt = { when, zone: zoneOfScope({ profile }, when.companyZone), nowMs };
  const ofProfile = when.of === 'profile' ? watchedValue(profile, when.path) : null;
  if (when.of === 'profile' && ofProfile === null) return null;
  const all = [...datesOf(into), ...datesOf(from)];
  const merged = dates.flatMap((date) => {
    const value = ofProfile ?? date.value;
    const isOver = [into, from].some((side) =>
      isCancelled(side, { key: date.key, atMs: date.atMs, exceptMessageId: date.messageId }),
    );
    if (when.of === 'properties' && isOver) return [];
    return [armed({ ...date, value, doneDate: lastDone(all, date.key, value) }, armAt)];
  });
  return ownWith(merged, nowMs);
}

const later = (a: WaitingDate, b: WaitingDate): WaitingDate =>
  a.atMs > b.atMs || (a.atMs === b.atMs && a.messageId >= b.messageId) ? a : b;

const lastDone = (dates: readonly WaitingDate[], key: string, value: Watched): string =>
  dates.reduce(
    (last, date) => (date.key === key && date.value === value && date.doneDate > last ? date.doneDate : last),
    '',
  );
