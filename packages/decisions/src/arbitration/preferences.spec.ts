import { describe, expect, it } from '@jest/globals';
import {
  cap,
  DAY_MS,
  fates,
  Life,
  message,
  NOON_MS,
  numbersOf,
  playbook,
  proposed,
  reached,
} from './arbitration.fixture.ts';

const AFTER_WINDOW_MS = NOON_MS + 1000;
const stated = (preferences: object) =>
  reached({ preferences: JSON.stringify({ channels: [], topics: {}, frequency: null, ...preferences }) });
const both = message('hello', ['email', 'onsite']);

describe('what a person has stated', () => {
  it('puts their channels before the author’s, as far as the message and consent have them', () => {
    const chosenFor = (channels: readonly string[]) => {
      const life = new Life(playbook([both]), [stated({ channels })]);
      life.meet(proposed('mid'));
      return life.tick(AFTER_WINDOW_MS).map(({ text }) => text)[0];
    };
    expect(chosenFor([])).toBe('send mid by email');
    expect(chosenFor(['onsite'])).toBe('send mid by onsite');
    expect(chosenFor(['sms', 'push', 'onsite', 'email'])).toBe('send mid by onsite');
  });

  it('is no way around consent', () => {
    const granted = { channel: 'email', purpose: 'marketing', state: 'granted', sinceMs: 0, origin: 'Consent Given' };
    const preferences = JSON.stringify({ channels: ['onsite'], topics: {}, frequency: null });
    const life = new Life(playbook([both]), [reached({ consent: [granted], preferences })]);
    life.meet(proposed('mid'));
    expect(life.tick(AFTER_WINDOW_MS).map(({ text }) => text)[0]).toBe('send mid by email');
  });

  it('keeps back marketing on a topic that is switched off, on every channel, and names it', () => {
    const life = (topics: object, over: object = {}) => {
      const about = message('hello', ['email', 'onsite'], { topics: ['news', 'offers'], ...over });
      const one = new Life(playbook([about]), [stated({ topics })]);
      one.meet(proposed('mid'));
      return one.tick(AFTER_WINDOW_MS);
    };
    expect(fates(life({ offers: false }))).toEqual(['mid dropped TOPIC_NOT_WANTED']);
    expect(numbersOf(life({ offers: false }), 'mid')).toEqual({ topic: 'offers' });
    expect(fates(life({ offers: true, games: false }))).toEqual(['mid chosen email']);
    expect(fates(life({ offers: false }, { topics: undefined }))).toEqual(['mid chosen email']);
  });

  it('is a cap of its own for marketing: what comes too often waits for room, and says whose wish it is', () => {
    const life = new Life(playbook(), [stated({ frequency: { max: 1, perMs: 7 * DAY_MS } })]);
    life.meet(proposed('high'));
    life.meet(proposed('mid'));
    const told = life.tick(AFTER_WINDOW_MS);
    expect(fates(told)).toEqual(['high chosen email', 'mid deferred OUTRANKED']);
    life.meet(proposed('low'));
    const later = life.tick(AFTER_WINDOW_MS + 5_000);
    expect(fates(later)).toEqual(['low deferred CAP_REACHED']);
    expect(numbersOf(later, 'low')).toMatchObject({ rule: 'the person’s own wish', limit: 1, count: 1 });
  });

  it('of no message at all lets none go, and the stricter of wish and rule counts', () => {
    const none = new Life(playbook(), [stated({ frequency: { max: 0, perMs: DAY_MS } })]);
    none.meet(proposed('mid'));
    expect(fates(none.tick(AFTER_WINDOW_MS))).toEqual(['mid dropped CAP_REACHED']);
    const both = new Life(playbook([cap('one', 1, { rollingMs: 2 * DAY_MS })]), [
      stated({ frequency: { max: 1, perMs: DAY_MS } }),
    ]);
    both.meet(proposed('high'));
    both.tick(AFTER_WINDOW_MS);
    both.meet(proposed('mid'));
    expect(numbersOf(both.tick(AFTER_WINDOW_MS + 5_000), 'mid')).toMatchObject({ rule: 'one' });
  });
});
