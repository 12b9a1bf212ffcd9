import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatLocal } from '../../time/index.ts';
import { DAY, HOUR } from '../detector.fixture.ts';
import { memoryUntilMs } from '../pattern-events.ts';
import { KEPT_MS } from './periods.ts';
import { BASE, type Happened, logs, personOf, type Rule, rules, tell, ZONE } from './rhythm.fixture.ts';
import { isFarFrom } from './unusual.fixture.ts';

const EXPIRES = 6 * HOUR;

const dayOf = (atMs: number): string => formatLocal(atMs, ZONE).slice(0, 10);
const concerned = (a: string, b: string): boolean => a === '' || b === '' || a === b;

/** When the day of a number begins in Berlin: one or two hours before it does in Greenwich. */
function dayStart(day: number): number {
  const date = new Date(day * DAY).toISOString().slice(0, 10);
  for (const hours of [2, 1]) {
    const atMs = day * DAY - hours * HOUR;
    if (dayOf(atMs) === date && dayOf(atMs - 1) !== date) return atMs;
  }
  throw new Error(`no midnight of ${date}`);
}

interface Verdict {
  readonly code: string;
  readonly cause: string;
  readonly key: string;
  readonly dueAtMs: number | null;
  readonly fromMs: number;
  readonly firedAtMs: number;
  withdrawnBy: string | null;
}

/** One key, as the list of all that counted. */
class Story {
  readonly views: Happened[] = [];
  doneMs = 0;
  newest = Number.NEGATIVE_INFINITY;
  readonly #when: Rule;
  readonly #anchorMs: number;

  constructor(when: Rule, anchorMs: number) {
    this.#when = when;
    this.#anchorMs = anchorMs;
  }

  placeOf(atMs: number): number {
    const { per } = this.#when;
    return per?.kind === 'rolling'
      ? Math.floor((atMs - this.#anchorMs) / per.ms)
      : Date.parse(`${dayOf(atMs)}T00:00:00Z`) / DAY;
  }

  startOf(place: number): number {
    const { per } = this.#when;
    return per?.kind === 'rolling' ? this.#anchorMs + place * per.ms : dayStart(place);
  }

  get oldest(): number {
    return Math.max(Math.min(...this.views.map(({ atMs }) => this.placeOf(atMs))), this.newest - 32);
  }

  at(place: number): readonly Happened[] {
    return place < this.oldest ? [] : this.views.filter(({ atMs }) => this.placeOf(atMs) === place);
  }

  hasLive(place: number): boolean {
    return this.at(place).some(isLive);
  }

  isUnusual(place: number): boolean {
    const earlier: number[] = [];
    for (let one = this.oldest; one < place; one += 1) earlier.push(this.at(one).length);
    return isFarFrom(earlier, this.at(place).length, this.#when);
  }
}

const isLive = ({ backfill, loggedAtMs, atMs }: Happened): boolean => !backfill && loggedAtMs - atMs <= DAY;

class Oracle {
  readonly verdicts: Verdict[] = [];
  readonly #stories = new Map<string, Story>();
  readonly #stops: Happened[] = [];
  readonly #when: Rule;
  #nowMs = -1;

  constructor(when: Rule) {
    this.#when = when;
  }

  meets(event: Happened): void {
    if (event.kind === 'stop') this.#stop(event);
    else this.#view(event);
  }

  #stop(stop: Happened): void {
    this.#stops.push(stop);
    for (const verdict of this.verdicts) {
      const isMeant = verdict.code === 'fired' && concerned(stop.key, verdict.key) && stop.atMs >= verdict.fromMs;
      if (isMeant && stop.loggedAtMs <= verdict.firedAtMs + EXPIRES) verdict.withdrawnBy ??= stop.id;
    }
  }

  #isStopped(key: string, fromMs: number): boolean {
    return this.#stops.some((stop) => concerned(stop.key, key) && stop.atMs >= fromMs);
  }

  #view(view: Happened): void {
    const { key, id, atMs, loggedAtMs } = view;
    const story = this.#stories.get(key) ?? new Story(this.#when, atMs);
    const place = story.placeOf(atMs);
    const isKnown = [...this.#stories.values()].some(({ views }) => views.some((one) => one.id === id));
    if (isKnown || atMs <= this.#nowMs - KEPT_MS || place < story.newest - 32) return;
    this.#stories.set(key, story);
    story.views.push(view);
    story.newest = Math.max(story.newest, place);
    const endMs = story.startOf(place + 1);
    const isOut = story.isUnusual(place);
    if (this.#when.direction === 'above' && isOut && endMs > story.doneMs) {
      story.doneMs = endMs;
      const isOld = loggedAtMs - atMs > DAY;
      const isStopped = this.#isStopped(key, atMs);
      const code = view.backfill ? 'BACKFILL' : isOld ? 'EVENT_TOO_OLD' : isStopped ? 'EXITED' : 'fired';
      this.#tell({ code, cause: id, key, dueAtMs: null, fromMs: atMs, firedAtMs: loggedAtMs });
    }
    if (this.#when.direction !== 'below' || isOut) return;
    for (const verdict of this.verdicts) {
      const isMeant = verdict.key === key && verdict.dueAtMs === endMs;
      if (isMeant && loggedAtMs <= verdict.firedAtMs + EXPIRES) verdict.withdrawnBy ??= id;
    }
  }

  reaches(nowMs: number): void {
    this.#nowMs = nowMs;
    if (this.#when.direction === 'below') this.#judges(nowMs);
    for (const [key, story] of this.#stories) {
      if (memoryUntilMs(story.startOf(story.newest + 1), KEPT_MS) <= nowMs) this.#stories.delete(key);
    }
  }

  #judges(nowMs: number): void {
    const found: Omit<Verdict, 'withdrawnBy'>[] = [];
    for (const [key, story] of this.#stories) {
      const lives = story.views.filter(isLive).sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
      const last = lives.at(-1);
      let ended: number | null = null;
      for (let place = story.oldest; place <= story.newest + 1; place += 1) {
        const endMs = story.startOf(place + 1);
        const isAwaited = story.hasLive(place) || story.hasLive(place - 1);
        if (isAwaited && endMs > story.doneMs && endMs <= nowMs) ended = place;
      }
      if (ended === null || last === undefined) continue;
      const [fromMs, endMs] = [story.startOf(ended), story.startOf(ended + 1)];
      story.doneMs = endMs;
      story.newest = Math.max(story.newest, ended);
      if (!story.isUnusual(ended) || this.#isStopped(key, fromMs)) continue;
      found.push({ code: 'fired', cause: last.id, key, dueAtMs: endMs, fromMs, firedAtMs: nowMs });
    }
    found.sort((a, b) => (a.dueAtMs ?? 0) - (b.dueAtMs ?? 0) || (a.key < b.key ? -1 : 1));
    for (const one of found) this.#tell(one);
  }

  #tell(verdict: Omit<Verdict, 'withdrawnBy'>): void {
    this.verdicts.push({ ...verdict, withdrawnBy: null });
  }
}

describe('unusual counts per period, against the whole history', () => {
  it('finds what the slow oracle finds: late, repeated, stopped, with and without key, with time told anywhere', () => {
    const told = { fired: 0, timed: 0, withdrawn: 0 };
    fc.assert(
      fc.property(rules, logs, (when, log) => {
        const person = personOf(when);
        const oracle = new Oracle(when);
        for (const event of [
          ...log,
          { ...(log[0] as Happened), kind: 'tick' as const, loggedAtMs: BASE + 380 * DAY },
        ]) {
          if (event.kind === 'tick') {
            person.reaches(event.loggedAtMs - 1);
            oracle.reaches(event.loggedAtMs - 1);
          } else {
            tell(person, event);
            oracle.meets(event);
          }
        }
        const taken = new Map(person.withdrawals.map((one) => [one.candidateId, one.causeMessageId]));
        const candidates = new Map(person.proposals.map(({ firingId, candidateId }) => [firingId, candidateId]));
        expect(
          person.detected.map(({ code, causes, instanceKey, firingId, dueAtMs }) => ({
            code: code ?? 'fired',
            cause: causes[0],
            key: instanceKey,
            dueAtMs,
            withdrawnBy: taken.get(candidates.get(firingId) ?? '') ?? null,
          })),
        ).toEqual(oracle.verdicts.map(({ fromMs: _, firedAtMs: __, ...verdict }) => verdict));
        for (const { code, dueAtMs, withdrawnBy } of oracle.verdicts) {
          if (code === 'fired') told.fired += 1;
          if (dueAtMs !== null) told.timed += 1;
          if (withdrawnBy !== null) told.withdrawn += 1;
        }
      }),
      { numRuns: 1500 },
    );
    // The law says something only where something happens.
    expect(told.fired).toBeGreaterThan(300);
    expect(told.timed).toBeGreaterThan(100);
    expect(told.withdrawn).toBeGreaterThan(20);
  });
});
