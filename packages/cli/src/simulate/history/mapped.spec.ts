import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { HistoryEvent } from '../walk.ts';
import { openPlaces, placesOf } from './open-history.ts';

const mappings = path.resolve(import.meta.dirname, '../../../mappings');
const source = { id: 'server', kind: 'server' } as const;

async function readAll(place: string): Promise<{ readonly events: readonly HistoryEvent[]; readonly from: string }> {
  const places = placesOf([place]);
  if (places.kind !== 'files') throw new Error('taken for a topic');
  const history = await openPlaces(places.places, source);
  const events: HistoryEvent[] = [];
  for await (const batch of history.read()) events.push(...batch);
  expect([history.unreadable, history.share]).toEqual([0, 1]);
  return { events, from: history.from };
}

describe('rows of a file that a mapping reads', () => {
  it('are rehearsed as the events that an import would send, at their own time', async () => {
    const { events, from } = await readAll(`till:${path.join(mappings, 'till.sample.csv')}`);
    expect(from).toMatch(/till\.sample\.csv by the mapping till$/);
    const [first] = events;
    expect(first).toMatchObject({
      atMs: Date.UTC(2025, 10, 29, 9, 4),
      event: { name: 'Order Completed', userId: 'C-17' },
    });
    expect(JSON.parse(first?.event.properties ?? '')).toMatchObject({ total: 1064.8, affiliation: 'Köln' });
    expect(events.some(({ event }) => event.name === 'Order Refunded')).toBe(true);
  });

  it('may be read by a mapping of one’s own, named by its file', async () => {
    const { events } = await readAll(
      `${path.join(mappings, 'store-visit.yaml')}:${path.join(mappings, 'store-visit.sample.csv')}`,
    );
    expect(new Set(events.map(({ event }) => event.name))).toEqual(new Set(['Store Visited']));
  });

  it('name the mapping that there is none of', async () => {
    await expect(readAll('tills:receipts.csv')).rejects.toThrow('did you mean “till”');
  });
});
