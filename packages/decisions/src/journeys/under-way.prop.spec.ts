import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Definition, JourneyDefinition, JourneyStep } from '../definitions.ts';
import { DAY, HOUR, MINUTE, T0 } from '../triggers/detector.fixture.ts';
import { detectDueAtMs } from './detect.ts';
import { begun, clicked, did, journeyOf, send, Traveller, tripOf, wait, waitFor } from './journey.fixture.ts';
import { anySteps, happenings, logged } from './laws.fixture.ts';
import { earlierUnderWay, longestMs, type Replaced } from './under-way.ts';

const LATE = 30 * DAY;
const told = (definitions: readonly Definition[]): readonly string[] =>
  definitions.map(({ kind, id, version }) => `${kind} ${id}@${version}`);
const replaced = (definition: Definition, replacedForMs: number): Replaced => ({ definition, replacedForMs });
const ofLength = (days: number, version: string): JourneyDefinition => journeyOf([wait(days * DAY)], { version });

/** Time goes on to a moment, and stops wherever something is due. */
function goOn(ada: Traveller, untilMs: number): void {
  for (;;) {
    const due = ada.state === undefined ? undefined : detectDueAtMs(ada.state);
    if (due === undefined || due > untilMs) return;
    ada.reaches(due);
  }
}

describe('earlier versions of journeys', () => {
  it('any journey, whatever happens, lasts no longer than its longest way', () => {
    fc.assert(
      fc.property(anySteps, happenings, (steps, entries) => {
        const ada = new Traveller(tripOf(steps));
        ada.sees({ name: 'Begun', id: 'b1', atMs: T0 });
        const startedAtMs = ada.journeyFacts[0]?.detectedAtMs ?? Number.NaN;
        for (const entry of entries) {
          goOn(ada, logged(entry));
          if (entry.kind === 'tick') continue;
          const { atMs, loggedAtMs } = entry;
          const id = `${entry.kind}-${atMs}-${loggedAtMs}`;
          if (entry.kind === 'did') ada.sees({ name: 'Did', id, atMs, loggedAtMs });
          else if (entry.kind === 'click') {
            ada.sees({ name: 'Email Link Clicked', id, atMs, loggedAtMs, about: ada.candidate(entry.message) });
          } else if (entry.kind === 'drop') ada.hears(ada.candidate(entry.message), 'dropped', { atMs: loggedAtMs });
        }
        let lastMs = startedAtMs;
        while (ada.state?.journeys !== undefined) {
          lastMs = detectDueAtMs(ada.state) ?? Number.NaN;
          ada.reaches(lastMs);
        }
        expect(lastMs - startedAtMs).toBeLessThanOrEqual(longestMs(journeyOf(steps), [begun]));
      }),
      { numRuns: 1_000 },
    );
  });

  it('last as long as all waits of their longest way, and what was proposed last may still be taken back', () => {
    const offer: JourneyStep = { does: 'send', message: 'offer', channel: null, expiresAfterMs: 9 * HOUR };
    const steps: readonly JourneyStep[] = [
      send('hello'),
      wait(HOUR),
      waitFor([clicked('hello')], DAY, [wait(2 * DAY), waitFor([did('Did')], HOUR)]),
      {
        does: 'split',
        id: 'test',
        ways: [
          { name: 'a', percent: 50, steps: [wait(MINUTE)] },
          { name: 'b', percent: 50, steps: [wait(HOUR), offer] },
        ],
      },
      { does: 'branch', branches: [{ if: 'true', steps: [wait(3 * HOUR)] }], otherwise: [wait(HOUR)] },
    ];
    const waits = HOUR + DAY + 2 * DAY + HOUR + HOUR + 3 * HOUR;
    expect(longestMs(journeyOf(steps), [begun])).toBe(waits + 9 * HOUR);
    // The trigger says how long a send lasts that says nothing itself.
    expect(longestMs(journeyOf([send('hello')]), [begun, { ...begun, expiresAfterMs: 12 * HOUR }])).toBe(12 * HOUR);
    const until: JourneyStep = { does: 'wait', forMs: HOUR, until: { time: '09:00', weekdays: [1] } };
    expect(longestMs(journeyOf([until]), [])).toBeGreaterThan(7 * DAY);
  });

  it('stay known while somebody may be on them, however late, and are let go then', () => {
    const [day, month] = [ofLength(1, 'day'), ofLength(31, 'month')];
    const at = (replacedForMs: number) =>
      told(earlierUnderWay([begun], [replaced(day, replacedForMs), replaced(month, replacedForMs)]));
    expect(at(0)).toEqual(['Journey trip@day', 'Journey trip@month']);
    expect(at(DAY + LATE + 6 * HOUR)).toEqual(['Journey trip@day', 'Journey trip@month']);
    expect(at(DAY + LATE + 6 * HOUR + 1)).toEqual(['Journey trip@month']);
    expect(at(61 * DAY + 6 * HOUR + 1)).toEqual([]);
  });

  it('a version of the trigger stays known as long as a journey that it started, also one that is live', () => {
    const trigger = { ...begun, version: 'old' };
    const other = { ...begun, id: 'other', version: 'old' };
    const live = ofLength(20, 'live');
    const with_ = (definitions: readonly Definition[], earlier: readonly Replaced[]) =>
      told(earlierUnderWay(definitions, [...earlier, replaced(trigger, 40 * DAY), replaced(other, 0)]));
    expect(with_([begun, live], [])).toEqual(['Trigger it@old']);
    expect(with_([begun, ofLength(1, 'live')], [])).toEqual([]);
    expect(with_([begun], [replaced(ofLength(20, 'gone'), 1)])).toEqual(['Journey trip@gone', 'Trigger it@old']);
    expect(with_([begun], [replaced(ofLength(1, 'gone'), 40 * DAY)])).toEqual([]);
  });

  it('nothing but journeys and their triggers is kept', () => {
    const segment: Definition = {
      kind: 'Segment',
      id: 's',
      version: '1',
      description: '',
      owner: '',
      status: 'live',
      where: 'true',
    };
    expect(earlierUnderWay([begun, ofLength(1, 'live')], [replaced(segment, 0)])).toEqual([]);
  });
});
