import type pg from 'pg';
import type { Counted, Place } from '../ports.ts';

/** Its events tell how persons stand. */
export const TELLS_STANDS = 'events.enriched';

type Origins = Record<string, readonly [offset: number, number: number]>;

interface Position {
  readonly nextOffset: number;
  readonly origins: Origins;
  /** Up to where the same partition's events are counted, which tell how persons stand. */
  readonly stands: number;
}

/** Where a place stands; whoever else counts it waits until this transaction is over. */
export async function lockPosition(client: pg.PoolClient, place: Place): Promise<Position> {
  const found = await locked(client, place);
  if (found !== undefined) return found;
  await client.query('insert into metrics.positions (topic, partition) values ($1, $2) on conflict do nothing', [
    place.topic,
    place.partition,
  ]);
  return (await locked(client, place)) ?? { nextOffset: 0, origins: {}, stands: 0 };
}

async function locked(client: pg.PoolClient, place: Place): Promise<Position | undefined> {
  const { rows } = await client.query<{ next_offset: string; origins: Origins; stands: string | null }>(
    `select next_offset, origins,
            (select told.next_offset from metrics.positions told where told.topic = $3 and told.partition = $2) as stands
       from metrics.positions where topic = $1 and partition = $2 for update`,
    [place.topic, place.partition, TELLS_STANDS],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  return { nextOffset: Number(row.next_offset), origins: row.origins, stands: Number(row.stands ?? 0) };
}

/** Whether the origin was counted before; notes it when it was not. */
export function isRepeat({ origin }: Counted, origins: Origins): boolean {
  if (origin === null) return false;
  const seen = origins[origin.source];
  if (seen !== undefined && (origin.offset < seen[0] || (origin.offset === seen[0] && origin.number <= seen[1]))) {
    return true;
  }
  origins[origin.source] = [origin.offset, origin.number];
  return false;
}

export async function movePosition(
  client: pg.PoolClient,
  { topic, partition }: Place,
  { nextOffset, origins }: Omit<Position, 'stands'>,
): Promise<void> {
  await client.query(
    'update metrics.positions set next_offset = $3, origins = $4 where topic = $1 and partition = $2',
    [topic, partition, nextOffset, JSON.stringify(origins)],
  );
}
