import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { When } from '../../definitions.ts';
import { formatLocal } from '../../time/index.ts';
import { DAY, HOUR, MINUTE, named, OnePerson, playbookOf, triggerOf } from '../detector.fixture.ts';
import { onDate } from './date.fixture.ts';

/** In the days that follow, the clocks of Berlin, Cairo (at midnight) and New York are set back. */
const BASE = Date.UTC(2026, 9, 20);
const DAYS = 16;
const STEP = 30 * MINUTE;

interface Entry {
  readonly id: string;
  /** An event that tells of a date, one that does not, or time. */
  readonly kind: 'tells' | 'other' | 'tick';
  readonly value: string | null;
  readonly zone: string;
  readonly atMs: number;
  readonly loggedAtMs: number;
}

const logs: fc.Arbitrary<readonly Entry[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom<Entry['kind']>('tells', 'tells', 'other', 'tick', 'tick', 'tick'),
      value: fc.constantFrom('2026-10-25', '1990-10-25', '--10-28', '2026-10-30T10:00:00Z', '2026-11-01', 'soon', null),
      zone: fc.constantFrom('Europe/Berlin', 'Africa/Cairo', 'America/New_York', 'Asia/Tokyo'),
      hour: fc.integer({ min: 0, max: DAYS * 24 }),
      late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20 })),
    }),
    { maxLength: 16 },
  )
  .map((list) =>
    list
      .map(({ hour, late, ...rest }, index) => ({
        ...rest,
        id: `m${index}`,
        atMs: BASE + hour * HOUR,
        loggedAtMs: BASE + (hour + late) * HOUR + index,
      }))
      .sort((a, b) => a.loggedAtMs - b.loggedAtMs),
  );

type Rule = Extract<When, { type: 'date' }>;

const rules: fc.Arbitrary<Rule> = fc
  .record({
    of: fc.constantFrom('profile' as const, 'properties' as const),
    yearly: fc.boolean(),
    offsetDays: fc.constantFrom(0, 0, -2, 1),
    atWallMs: fc.constantFrom(9 * HOUR, 2.5 * HOUR, 23.5 * HOUR, 0),
  })
  .map((part) => onDate({ ...part, path: part.of === 'profile' ? 'traits.day' : 'day', events: named('Told') }))
  .map((when) => (when.of === 'profile' ? { ...when, events: [] } : when));

const walls = new Map<string, string>();
/** `2026-10-25 02:30`, as the wall shows it. */
function wallAt(ms: number, zone: string): string {
  const name = `${zone}${ms}`;
  const known = walls.get(name) ?? formatLocal(ms, zone).slice(0, 16);
  walls.set(name, known);
  return known;
}

/** Walks from half hour to half hour and looks at the wall, whether the day has come, and its time of day for the first time. */
function firstDue(
  { value, zone }: { readonly value: string; readonly zone: string },
  when: Rule,
  { sinceMs, doneDate, untilMs }: { readonly sinceMs: number; readonly doneDate: string; readonly untilMs: number },
): { readonly dueAtMs: number; readonly date: string } | null {
  const [, written = '', monthAndDay = ''] = /^(\d{4}|-)-(\d\d-\d\d)/.exec(value) ?? [];
  if (monthAndDay === '') return null;
  const date = `2026-${monthAndDay}`;
  const isMeant = when.yearly ? written === '-' || Number(written) <= 2026 : written === '2026';
  if (!isMeant || date <= doneDate) return null;
  const day = new Date(new Date(`${date}T00:00:00Z`).getTime() + when.offsetDays * DAY).toISOString().slice(0, 10);
  const time = new Date(when.atWallMs).toISOString().slice(11, 16);
  for (let ms = BASE - 2 * DAY; ms <= untilMs; ms += STEP) {
    const wall = wallAt(ms, zone);
    if (wall.slice(0, 10) !== day || wall.slice(11) < time) continue;
    return ms > sinceMs ? { dueAtMs: ms, date } : null;
  }
  return null;
}

interface Waits {
  readonly id: string;
  readonly atMs: number;
  readonly value: string;
  readonly zone: string;
  readonly sinceMs: number;
  readonly doneDate: string;
}

/** Follows what is told, and looks for what is due at every tick. */
class Oracle {
  readonly firings: string[] = [];
  #waits: Waits | null = null;
  #value: string | null = null;
  readonly #when: Rule;

  constructor(when: Rule) {
    this.#when = when;
  }

  meets({ id, kind, value, zone, atMs, loggedAtMs }: Entry): void {
    const known = this.#waits;
    const isOfProfile = this.#when.of === 'profile';
    if (isOfProfile) this.#value = value;
    const isTold = value !== null && (isOfProfile || kind === 'tells');
    const isNews = isOfProfile || known === null || atMs > known.atMs || (atMs === known.atMs && id > known.id);
    if (isTold && isNews && !(isOfProfile && known?.value === value && known.zone === zone)) {
      const isSame = known?.value === value && known.zone === zone;
      const doneDate = known?.value === value ? known.doneDate : '';
      this.#waits = { id: isSame ? known.id : id, atMs, value, zone, sinceMs: loggedAtMs, doneDate };
    } else if (known !== null && known.zone !== zone && !isOfProfile) {
      this.#waits = { ...known, zone, sinceMs: loggedAtMs };
    }
  }

  tick(nowMs: number): void {
    const waits = this.#waits;
    if (waits === null) return;
    const { sinceMs, doneDate } = waits;
    const due = firstDue(waits, this.#when, { sinceMs, doneDate, untilMs: nowMs });
    if (due === null) return;
    if (this.#when.of === 'profile' && this.#value === null) {
      this.#waits = null;
      return;
    }
    this.firings.push(`${due.date} told by ${waits.id}, due ${due.dueAtMs}, fired ${nowMs}`);
    this.#waits = { ...waits, sinceMs: nowMs, doneDate: due.date };
  }
}

const contactIn = (zone: string) => ({
  email: null,
  phone: null,
  userId: null,
  anonymousId: null,
  zone,
  zoneFrom: 'profile',
  locale: null,
  consent: [],
  preferences: null,
});

describe('date, against the clock on the wall', () => {
  it('fires when the slow oracle does: told late, changed, taken away, travelling, with time told anywhere', () => {
    fc.assert(
      fc.property(rules, logs, (when, log) => {
        const person = new OnePerson(playbookOf(triggerOf(when)));
        const oracle = new Oracle(when);
        let zoneBefore = '';
        const end = { kind: 'tick' as const, loggedAtMs: BASE + (DAYS + 4) * DAY };
        for (const entry of [...log, end]) {
          if (entry.kind === 'tick') {
            person.reaches(entry.loggedAtMs);
            oracle.tick(entry.loggedAtMs);
            continue;
          }
          const { id, kind, value, zone, atMs, loggedAtMs } = entry;
          person.sees({
            name: kind === 'tells' ? 'Told' : 'Page Viewed',
            id,
            atMs,
            loggedAtMs,
            properties: { day: value },
            profile: { zone, traits: { day: value } },
            contact: zone === zoneBefore ? null : contactIn(zone),
          });
          zoneBefore = zone;
          oracle.meets(entry);
        }
        expect(
          person.detected.map(
            ({ evidence, causes, dueAtMs, detectedAtMs }) =>
              `${(JSON.parse(evidence) as { date: string }).date} told by ${causes[0]}, due ${dueAtMs}, fired ${detectedAtMs}`,
          ),
        ).toEqual(oracle.firings);
      }),
      { numRuns: 1500 },
    );
  });
});
