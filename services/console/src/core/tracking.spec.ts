import { describe, expect, it } from '@jest/globals';
import { trackingView } from './tracking.ts';

const event = (name: string) => ({ name, description: `About ${name}`, plan: 'shop' });
const seen = (subject: string, n: number, outcome = 'live') => ({ kind: 'event', subject, outcome, n });
const fault = (name: string, code: string, n: number) => ({
  event: name,
  field: 'price',
  code,
  source: 'web',
  outcome: 'flagged',
  n,
  lastDayMs: 0,
  sentence: 'price is wrong.',
  remedy: 'Send it.',
});

describe('the tracking plan as it is shown', () => {
  it('shows every planned event, the worst first, and beside them what no plan names', () => {
    const view = trackingView([event('A'), event('B'), event('C')], {
      counts: [seen('A', 5), seen('B', 3), seen('B', 2, 'refused'), seen('X', 9), { ...seen('A', 7), kind: 'trigger' }],
      faults: [fault('B', 'PROPERTY_TYPE', 2), fault('X', 'EVENT_UNPLANNED', 9), fault('A', 'EVENT_UNPLANNED', 1)],
    });
    expect(view.planned.map(({ name, seen: n, refused, faults }) => [name, n, refused, faults.length])).toEqual([
      ['B', 5, 2, 1],
      // Not planned at the time; it is now.
      ['A', 5, 0, 1],
      ['C', 0, 0, 0],
    ]);
    expect(view.unplanned.map(({ name, plan, seen: n }) => [name, plan, n])).toEqual([['X', null, 9]]);
  });
});
