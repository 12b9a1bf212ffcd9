import { describe, expect, it } from '@jest/globals';
import type { RollUp, Stand } from '../ports.ts';
import { MAX_EVENTS, MAX_PERSONS, RecentStands } from './recent-stands.ts';

const stand = (...segments: string[]): Stand => ({ segments, isReturning: null });
const event = (personId: string, atMs: number, ...segments: string[]): RollUp => ({
  entry: { personId, atMs, kind: 'event', entryId: `${atMs}`, title: 'Looked', body: '{}', traceId: null },
  stand: stand(...segments),
});

describe('the memory of how persons stood', () => {
  it('tells the last event that is not after the moment asked for', () => {
    const stands = new RecentStands();
    stands.note(0, { from: 5, to: 8 }, [
      event('user:1', 100, 'a'),
      event('user:1', 300, 'c'),
      event('user:1', 200, 'b'),
    ]);
    const place = { partition: 0, countedTo: 8 };
    expect(stands.of(place, 'user:1', 99)).toBeUndefined();
    expect(stands.of(place, 'user:1', 250)).toEqual(stand('b'));
    expect(stands.of(place, 'user:1', 300)).toEqual(stand('c'));
    expect(stands.of(place, 'user:2', 300)).toBeUndefined();
    expect(stands.of({ ...place, partition: 1 }, 'user:1', 300)).toBeUndefined();
  });

  it('knows nothing once another process counted events of the partition', () => {
    const stands = new RecentStands();
    stands.note(0, { from: 5, to: 8 }, [event('user:1', 100, 'a')]);
    expect(stands.of({ partition: 0, countedTo: 9 }, 'user:1', 100)).toBeUndefined();
    stands.note(0, { from: 9, to: 10 }, [event('user:2', 100, 'b')]);
    const place = { partition: 0, countedTo: 10 };
    expect(stands.of(place, 'user:1', 100)).toBeUndefined();
    expect(stands.of(place, 'user:2', 100)).toEqual(stand('b'));
  });

  it('keeps a bounded number of persons and of their events, the latest', () => {
    const stands = new RecentStands();
    const crowd = Array.from({ length: MAX_PERSONS + 1 }, (_, at) => event(`user:${at}`, at, 'a'));
    stands.note(0, { from: 0, to: 1 }, crowd);
    const again = Array.from({ length: MAX_EVENTS }, (_, at) => event('user:1', 50 + at, `s${at}`));
    stands.note(0, { from: 1, to: 2 }, [...again, event('user:new', 1, 'b')]);
    const place = { partition: 0, countedTo: 2 };
    expect(stands.of(place, 'user:0', 10_000)).toBeUndefined();
    expect(stands.of(place, 'user:2', 10_000)).toBeUndefined();
    expect(stands.of(place, 'user:1', 49)).toBeUndefined();
    expect(stands.of(place, 'user:1', 50)).toEqual(stand('s0'));
  });
});
