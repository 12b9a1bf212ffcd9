import { describe, expect, it } from '@jest/globals';
import type { JourneyStep } from '../definitions.ts';
import { DAY, HOUR, T0 } from '../triggers/detector.fixture.ts';
import { did, send, Traveller, tripOf, waitFor } from './journey.fixture.ts';

const task: JourneyStep = { does: 'task', message: 'call', role: 'sales', expiresAfterMs: null };
const became = (outcome: 'completed' | 'declined' | 'bounced') =>
  ({ kind: 'outcome', message: 'call', outcome }) as const;
const isWay = (outcome: string, message: string) => ({ if: `sends.call == "${outcome}"`, steps: [send(message)] });

const steps: JourneyStep[] = [
  task,
  waitFor([became('completed'), became('declined'), became('bounced')], DAY, [send('nobody-called')]),
  { does: 'branch', branches: [isWay('completed', 'thanks'), isWay('bounced', 'mail')], otherwise: [send('sorry')] },
];

function afterCall(outcome: string | null): readonly string[] {
  const ada = new Traveller(tripOf(steps));
  ada.sees({ name: 'Begun', atMs: T0 });
  const about = ada.candidate('call');
  ada.sees({ name: 'Task Claimed', atMs: T0 + 1, about, properties: { by: 'Grace' } });
  expect(ada.sent).toEqual(['call']);
  ada.sees({ name: 'Task Done', atMs: T0 + HOUR, about, properties: outcome === null ? {} : { outcome } });
  return ada.sent.slice(1);
}

describe('a task of a journey', () => {
  it.each([
    ['done', 'thanks'],
    ['reached', 'thanks'],
    ['interested', 'thanks'],
    ['notReached', 'mail'],
    ['notInterested', 'sorry'],
    ['notSuitable', 'sorry'],
    // Of a newer writer, or of another work list: whoever says done is done.
    ['soldTheCompany', 'thanks'],
    ['toString', 'thanks'],
    [null, 'thanks'],
  ])('goes on by what staff said of it: %s', (outcome, message) => {
    expect(afterCall(outcome)).toEqual([message]);
  });

  it('is waited for as an event, too, with what staff said', () => {
    const reached = did('Task Done', 'properties.outcome == "reached"');
    const ada = new Traveller(tripOf([task, waitFor([reached], DAY, [send('mail')]), send('thanks')]));
    ada.sees({ name: 'Begun', atMs: T0 });
    const about = ada.candidate('call');
    ada.sees({ name: 'Task Done', atMs: T0 + 1, about, properties: { outcome: 'notReached' } });
    expect(ada.sent).toEqual(['call']);
    ada.sees({ name: 'Task Done', atMs: T0 + 2, about, properties: { outcome: 'reached' } });
    expect(ada.sent).toEqual(['call', 'thanks']);
  });

  it('that nobody did in time goes the other way', () => {
    const ada = new Traveller(tripOf(steps));
    ada.sees({ name: 'Begun', atMs: T0 });
    ada.reaches(T0 + DAY);
    expect(ada.sent).toEqual(['call', 'nobody-called', 'sorry']);
  });
});
