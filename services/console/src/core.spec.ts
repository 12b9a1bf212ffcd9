import { describe, expect, it } from '@jest/globals';
import { ratesBetween, stagePlans, stagesOf } from './core.ts';

const sample = (atMs: number, ends: Record<string, number>) => ({ atMs, ends });

describe('rates', () => {
  it('are records a second between two samples', () => {
    const rates = ratesBetween(sample(1_000, { a: 10, b: 5 }), sample(3_000, { a: 30, b: 5 }));
    expect(rates).toEqual({ a: 10, b: 0 });
  });

  it('are 0 without a sample before, without time between, and when a topic was made anew', () => {
    expect(ratesBetween(undefined, sample(1_000, { a: 10 }))).toEqual({ a: 0 });
    expect(ratesBetween(sample(1_000, { a: 1 }), sample(1_000, { a: 10 }))).toEqual({ a: 0 });
    expect(ratesBetween(sample(1_000, { a: 10 }), sample(2_000, { a: 1 }))).toEqual({ a: 0 });
  });

  it('of a topic that was not there before begin at 0, not with all that it holds', () => {
    expect(ratesBetween(sample(1_000, {}), sample(2_000, { a: 500 }))).toEqual({ a: 0 });
  });
});

describe('stages', () => {
  it('show rate, total and what waits before any of their readers', () => {
    const stages = stagesOf({ 'profiles.changed': 1.26 }, sample(1, { 'profiles.changed': 7 }), {
      lags: {
        'profile-enricher.identify-collected events.collected': 3,
        'profile-enricher.enrich events.identified': 4,
        'somebody-else events.identified': 100,
      },
      processes: {
        'profile-enricher.enrich': [{ name: 'enricher', partitions: 6 }],
        'trigger-detector.detect': [
          { name: 'one', partitions: 3 },
          { name: 'two', partitions: 3 },
        ],
      },
    });
    expect(stages.map(({ id }) => id)).toEqual(stagePlans.map(({ id }) => id));
    expect(stages.find(({ id }) => id === 'enriched')).toMatchObject({ perSecond: 1.3, total: 7, lag: 7 });
    expect(stages.find(({ id }) => id === 'decided')).toMatchObject({ perSecond: 0, total: 0, lag: 0, processes: [] });
    expect(stages.map(({ processes }) => processes.length)).toEqual([0, 1, 2, 0, 0, 0]);
  });

  it('are drawn from topics that carry no ticks, so that a quiet house shows 0', () => {
    const withTicks = ['events.identified', 'events.enriched', 'messages.proposed'];
    for (const { topic } of stagePlans) expect(withTicks).not.toContain(topic);
  });
});
