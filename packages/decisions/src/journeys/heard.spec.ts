import { describe, expect, it } from '@jest/globals';
import type { When } from '../definitions.ts';
import { eventOf, T0, triggerOf } from '../triggers/detector.fixture.ts';
import { detect } from './detect.ts';
import { begun, bookOf, did, journeyOf, send, tripOf, wait, waitFor } from './journey.fixture.ts';
import { JourneyStates } from './journey-states.ts';

const HOUR = 3_600_000;

describe('what somebody on a journey listens to', () => {
  it('is what ends the journey or its trigger, what is waited for however deep, and nothing else', () => {
    const inner = waitFor([did('Called')], HOUR, [waitFor([did('Visited')], HOUR)]);
    const { journeys } = tripOf([send('one'), inner], { exitWhen: [{ name: 'Left', where: null }] });
    const heard = ['Called', 'Visited', 'Left', 'Bought', 'Stopped', 'Page Viewed', 'Begun'].filter(journeys.hears);
    expect(heard).toEqual(['Called', 'Visited', 'Left', 'Bought', 'Stopped']);
  });

  it('is what those of earlier versions listened to, too', () => {
    const earlier = [begun, journeyOf([waitFor([did('Answered')], HOUR)], { version: 'j0' })];
    expect(bookOf([begun, journeyOf([wait(HOUR)])], earlier).journeys.hears('Answered')).toBe(true);
  });

  it('is everything, where any activity ends it', () => {
    const quiet: When = { type: 'inactivity', events: null, forMs: HOUR };
    expect(bookOf([triggerOf(quiet, { send: null }), journeyOf([wait(HOUR)])]).journeys.hears('Page Viewed')).toBe(
      true,
    );
  });

  it('is all that is read: another event leaves stored journeys as they lie, with the profile that it brings', () => {
    const read = (): never => {
      throw new Error('was read');
    };
    const state = { triggers: {}, profile: '{}', segments: [], journeys: new JourneyStates({ dueAtMs: T0, read }) };
    const playbook = tripOf([wait(HOUR)]);
    const at = { playbook, timeMs: T0, traceparent: null };
    const after = detect(state, eventOf({ name: 'Page Viewed', atMs: T0, profile: { plan: 'gold' } }), at);
    expect(after.state?.journeys).toBe(state.journeys);
    expect(after.state?.profile).toBe('{"plan":"gold"}');
    expect(() => detect(state, eventOf({ name: 'Bought', atMs: T0 }), at)).toThrow('was read');
  });
});
