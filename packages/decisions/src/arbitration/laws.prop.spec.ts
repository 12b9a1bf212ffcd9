import { describe, expect, it } from '@jest/globals';
import type { ProposedRecord } from '@kairos/contracts';
import fc from 'fast-check';
import {
  block,
  cap,
  company,
  cooldown,
  DAY_MS,
  fates,
  HOUR_MS,
  happened,
  Life,
  message,
  NOON_MS,
  nights,
  playbook,
  proposed,
  reached,
  reported,
  trigger,
  withdrawn,
} from './arbitration.fixture.ts';
import type { Send } from './state.ts';

const LIMIT = 2;
const WINDOW_MS = 8 * HOUR_MS;
const PAUSE_MS = HOUR_MS / 2;

const book = playbook([
  cap('two-in-8-hours', LIMIT, { rollingMs: WINDOW_MS }),
  cooldown('pause', PAUSE_MS),
  block('peace', 'Complaint Opened', { forMs: HOUR_MS }),
  company({ quietHours: [nights({ channels: ['email'] })], globalHoldoutPercent: 5 }),
  trigger('receipt', { purpose: 'service', send: 'receipt' }),
  message('hello', ['email', 'onsite']),
  message('receipt', ['email'], { purpose: 'service' }),
]);

/** One thing that happens `afterMs` after the one before. */
type Act = { readonly afterMs: number } & (
  | {
      readonly what: 'propose';
      readonly id: number;
      readonly by: 'low' | 'mid' | 'high' | 'receipt';
      readonly forMs: number;
    }
  | { readonly what: 'report'; readonly id: number; readonly fate: string }
  | { readonly what: 'withdraw'; readonly id: number }
  | { readonly what: 'event'; readonly name: string }
  | { readonly what: 'consent'; readonly granted: boolean }
  | { readonly what: 'tick' }
);

const afterMs = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 3000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 8 * HOUR_MS }) },
);
const id = fc.integer({ min: 0, max: 25 });
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('propose' as const),
      afterMs,
      id,
      by: fc.constantFrom('low' as const, 'mid' as const, 'high' as const, 'receipt' as const),
      forMs: fc.constantFrom(HOUR_MS, DAY_MS, 5 * DAY_MS, 5 * DAY_MS),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('report' as const),
      afterMs,
      id,
      fate: fc.constantFrom('accepted', 'failed', 'unknown', 'expired', 'withdrawn'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('withdraw' as const), afterMs, id }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('event' as const), afterMs, name: fc.constant('Complaint Opened') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('consent' as const),
      afterMs,
      granted: fc.constantFrom(true, true, true, false),
    }),
  },
  { weight: 6, arbitrary: fc.record({ what: fc.constant('tick' as const), afterMs }) },
);

/** The log of a person: records and ticks in order, with the time at which each comes. */
type Step = { readonly timeMs: number; readonly record: ProposedRecord | null };

function logOf(acts: readonly Act[]): Step[] {
  const first = new Map<number, ProposedRecord>();
  let timeMs = NOON_MS;
  return acts.map((one) => {
    timeMs += one.afterMs;
    if (one.what !== 'propose') return { timeMs, record: recordOf(one, timeMs) };
    // A candidate that is proposed again is the same proposal again, and not later than a day after its expiry.
    const record = first.get(one.id) ?? recordOf(one, timeMs);
    if (record !== null) first.set(one.id, record);
    const isLate = timeMs > (record?.proposal?.expiresAtMs ?? 0) + DAY_MS;
    return { timeMs, record: isLate ? null : record };
  });
}

function recordOf(one: Act, timeMs: number): ProposedRecord | null {
  switch (one.what) {
    case 'propose':
      return proposed(one.by, {
        candidateId: `c${one.id}`,
        proposedAtMs: timeMs,
        expiresAtMs: timeMs + one.forMs,
        ...(one.by === 'receipt' ? { purpose: 'service', messageId: 'receipt' } : {}),
      });
    case 'report':
      return reported(`c${one.id}`, one.fate, timeMs);
    case 'withdraw':
      return withdrawn(`c${one.id}`, timeMs);
    case 'event':
      return happened(one.name, timeMs);
    case 'consent':
      return one.granted ? reached() : reached({ consent: [] });
    case 'tick':
      return null;
  }
}

function live(life: Life, log: readonly Step[]): Life {
  for (const { timeMs, record } of log) {
    if (record === null) life.tick(timeMs);
    else life.meet(record);
  }
  return life;
}

/** Lets everything that waits come to its end. */
const toTheEnd = (life: Life): Life => {
  for (let days = 1; days <= 40; days += 1) life.tick(NOON_MS + 30 * DAY_MS + days * DAY_MS);
  return life;
};

const acts = fc.array(act, { minLength: 15, maxLength: 60, size: 'max' });
const RUNS = { numRuns: 400 };

/** Sends that count, as the records tell it: chosen, and not reported as never handed over before the next choice. */
function chosenTimes(life: Life): { readonly atMs: number; readonly candidateId: string }[] {
  return life.told.flatMap(({ output }) =>
    output.topic === 'messages.chosen' && output.value.message?.purpose === 'marketing'
      ? [{ atMs: output.value.message.chosenAtMs, candidateId: output.value.message.candidateId }]
      : [],
  );
}

describe('laws of arbitration', () => {
  it('never over a cap in any rolling window, never within a cooldown, however records and ticks interleave', () => {
    let chosen = 0;
    fc.assert(
      fc.property(acts, (list) => {
        const life = new Life(book);
        const released = new Set<string>();
        for (const step of logOf(list)) {
          live(life, [step]);
          const sends: readonly Send[] = life.state?.sends ?? [];
          for (const send of sends) if (send.state === 'released') released.add(send.candidateId);
        }
        const times = chosenTimes(toTheEnd(life)).filter(({ candidateId }) => !released.has(candidateId));
        chosen += times.length;
        for (const { atMs } of times) {
          const inWindow = times.filter((other) => other.atMs > atMs - WINDOW_MS && other.atMs <= atMs);
          expect(inWindow.length).toBeLessThanOrEqual(LIMIT);
          expect(inWindow.filter((other) => other.atMs > atMs - PAUSE_MS)).toHaveLength(1);
        }
      }),
      RUNS,
    );
    expect(chosen).toBeGreaterThan(300);
  });

  it('every candidate gets exactly one final fate, and nothing is decided after it', () => {
    fc.assert(
      fc.property(acts, (list) => {
        const log = logOf(list);
        const life = toTheEnd(live(new Life(book), log));
        const ids = new Set(log.flatMap(({ record }) => record?.proposal?.candidateId ?? []));
        for (const candidateId of ids) {
          const decisions = life.told.flatMap(({ output }) =>
            output.topic === 'messages.decided' && output.value.candidateId === candidateId ? [output.value] : [],
          );
          const final = decisions.filter(({ fate }) => fate !== 'deferred');
          expect([candidateId, final.length, decisions.at(-1)?.fate]).toEqual([candidateId, 1, final[0]?.fate]);
          expect(decisions.map(({ number }) => number)).toEqual(decisions.map((_, index) => index + 1));
        }
        expect(life.state?.waiting ?? []).toEqual([]);
        const sent = life.told.filter(({ text }) => text.startsWith('send '));
        expect(sent).toHaveLength(fates(life.told).filter((text) => text.includes(' chosen ')).length);
      }),
      RUNS,
    );
  });

  it('a record that comes twice in a row changes nothing the second time', () => {
    fc.assert(
      fc.property(acts, (list) => {
        const log = logOf(list);
        const once = live(new Life(book), log);
        const twice = live(
          new Life(book),
          log.flatMap((step) => [step, step]),
        );
        expect(twice.state).toEqual(once.state);
        expect(twice.told).toEqual(once.told);
      }),
      RUNS,
    );
  });

  it('a replay of any suffix from its state gives the same decisions, and a state survives JSON', () => {
    fc.assert(
      fc.property(acts, fc.nat(), (list, cut) => {
        const log = logOf(list);
        const at = log.length === 0 ? 0 : cut % log.length;
        const whole = live(new Life(book), log);
        const head = live(new Life(book), log.slice(0, at));
        const tail = new Life(book, []);
        tail.state = head.state === undefined ? undefined : JSON.parse(JSON.stringify(head.state));
        tail.timeMs = head.timeMs;
        live(tail, log.slice(at));
        expect(tail.told).toEqual(whole.told.slice(head.told.length));
        expect(tail.state).toEqual(whole.state);
      }),
      RUNS,
    );
  });

  it('the order in which competitors of one window arrive does not matter', () => {
    const competitors = fc.uniqueArray(fc.record({ id, by: fc.constantFrom('low', 'mid', 'high') }), {
      selector: (one) => one.id,
      maxLength: 8,
    });
    fc.assert(
      fc.property(competitors, fc.nat(), (list, turn) => {
        const records = list.map((one) => proposed(one.by, { candidateId: `c${one.id}` }));
        const turned = [
          ...records.slice(turn % (records.length || 1)),
          ...records.slice(0, turn % (records.length || 1)),
        ];
        const tell = (some: readonly ProposedRecord[]) => {
          const life = new Life(book);
          life.meet(...some);
          return life.tick(NOON_MS + 1000);
        };
        expect(tell(turned.reverse())).toEqual(tell(records));
      }),
      RUNS,
    );
  });

  it('never changes a state in place', () => {
    const freeze = <T>(value: T): T => {
      if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
        Object.freeze(value);
        for (const inner of Object.values(value)) freeze(inner);
      }
      return value;
    };
    fc.assert(
      fc.property(acts, (list) => {
        const life = new Life(book);
        for (const step of logOf(list)) {
          freeze(life.state);
          live(life, [step]);
        }
      }),
    );
  });
});
