import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Counted, Place } from '../ports.ts';
import { TELLS_STANDS } from './postgres-positions.ts';
import type { RecentStands } from './recent-stands.ts';

export interface Work {
  readonly place: Place;
  readonly batch: readonly Counted[];
  readonly stands: RecentStands;
}

/** So long a batch waits at most; a metrics that is behind or down must not keep the others from counting. */
export const PATIENCE_MS = 500;
const LOOK_EVERY_MS = 20;
/** Mostly it is this process that counts the events, and then its memory knows: the store is asked less often. */
const ASK_EVERY_LOOKS = 5;

/**
 * A firing may be read before the event that caused it, which tells how the person stands. Waits until the events up to the
 * last cause are counted, without holding a connection; gives up in time, and the firing counts as the event before told.
 */
export async function waitForCauses(pool: pg.Pool, { place, batch, stands }: Work): Promise<void> {
  const source = `${TELLS_STANDS}/${place.partition}`;
  const needed = batch.reduce(
    (most, { origin }) => (origin?.source === source ? Math.max(most, origin.offset + 1) : most),
    0,
  );
  const untilMs = performance.now() + PATIENCE_MS;
  for (let look = 0; performance.now() < untilMs; look += 1) {
    if (look > 0) await delay(LOOK_EVERY_MS);
    if (stands.countedTo(place.partition) >= needed) return;
    if (look % ASK_EVERY_LOOKS !== 0) continue;
    const { rows } = await pool.query<{ next_offset: string }>(
      'select next_offset from metrics.positions where topic = $1 and partition = $2',
      [TELLS_STANDS, place.partition],
    );
    if (Number(rows[0]?.next_offset ?? 0) >= needed) return;
  }
}
