import { describe, expect, it } from '@jest/globals';
import type { StoredEntry } from '../ports.ts';
import { whyOf } from './http-timelines.ts';

const entry = (kind: StoredEntry['kind'], body: Record<string, unknown>): StoredEntry => ({
  personId: 'user:1',
  atMs: 1,
  kind,
  entryId: 'x',
  title: 't',
  body,
  traceId: null,
});

describe('why', () => {
  it('is a sentence with the numbers of the decision, times in the zone of the person', () => {
    const untilMs = Date.UTC(2026, 10, 22, 8, 0);
    const why = whyOf(
      entry('decision', { fate: 'deferred', code: 'QUIET_HOURS', numbers: { zone: 'America/New_York', untilMs } }),
      'America/New_York',
    );
    expect(why).toBe('It is night where the person lives (America/New_York); quiet hours end at 22 Nov 2026, 03:00.');
  });

  it('names channel and purpose where the reason speaks of them', () => {
    const why = whyOf(
      entry('decision', { fate: 'dropped', code: 'NO_CONSENT', channel: 'email', purpose: 'marketing' }),
      'UTC',
    );
    expect(why).toBe('There is no consent for marketing by email.');
  });

  it('answers for what was sent, too', () => {
    expect(whyOf(entry('decision', { fate: 'chosen', channel: 'email' }), 'UTC')).toBe(
      'It passed every gate and was chosen for email.',
    );
    expect(whyOf(entry('report', { outcome: 'accepted', channel: 'email' }), 'UTC')).toBe(
      'The mail server took it over.',
    );
    expect(whyOf(entry('event', {}), 'UTC')).toBeNull();
  });

  it('says how an event does not keep to the tracking plan, and that it took no effect where it was refused', () => {
    const faults = [{ code: 'PROPERTY_MISSING', field: 'total' }];
    expect(whyOf(entry('event', { faults }), 'UTC')).toBe(
      'It does not keep to the tracking plan. total is required and missing.',
    );
    expect(whyOf(entry('event', { code: 'EVENT_NONCONFORMING', outcome: 'refused', faults }), 'UTC')).toBe(
      'The event does not conform to the tracking plan, and its source refuses such events. total is required and missing.',
    );
  });
});
