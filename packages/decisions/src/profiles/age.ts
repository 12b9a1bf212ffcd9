import { type CalendarDay, calendarDayOf, isDay, type LocalTime, localTimeOf } from '../time/index.ts';
import { own } from './json.ts';
import type { ProfileState } from './profile-state.ts';

const YEAR_MS = 365.2425 * 86_400_000;
const OLDEST = 130;

/**
 * Age in whole years on the calendar of the person's zone: from `traits.birthday`; else from `traits.age`, which grows by
 * the whole years since it was said. Null when neither can be read. Who was born on 29 February is a year older on
 * the 28th of a common year, as the date trigger has it.
 */
export function ageOf({ traits, traitTimes }: ProfileState, atMs: number, zone: string): number | null {
  const birthday = own(traits, 'birthday') ?? own(traits, 'dateOfBirth');
  if (typeof birthday === 'string' || typeof birthday === 'number') {
    const born = calendarDayOf(birthday, zone);
    if (born !== null && born.year !== null) return plausible(yearsSince(born.year, born, localTimeOf(atMs, zone)));
  }
  const said = own(traits, 'age');
  const age = typeof said === 'string' && said.trim() !== '' ? Number(said) : said;
  if (typeof age !== 'number' || !Number.isFinite(age)) return null;
  const sinceMs = Math.max(0, atMs - (traitTimes.age ?? atMs));
  return plausible(Math.floor(age) + Math.floor(sinceMs / YEAR_MS));
}

function yearsSince(bornYear: number, { month, day }: CalendarDay, today: LocalTime): number {
  const shown = isDay(today.year, month, day) ? day : day - 1;
  const isBefore = today.month < month || (today.month === month && today.day < shown);
  return today.year - bornYear - (isBefore ? 1 : 0);
}

const plausible = (years: number): number | null => (years >= 0 && years <= OLDEST ? years : null);
