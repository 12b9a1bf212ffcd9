/** Something that happened at a time, UTC ms. */
interface Timed {
  readonly atMs: number;
}

/** So many events are held back, so that one that comes a little late still takes its place. */
const HELD = 20_000;

const byTime = (a: Timed, b: Timed): number => a.atMs - b.atMs;

function isInOrder(events: readonly Timed[]): boolean {
  for (let at = 1; at < events.length; at += 1) {
    if ((events[at] as Timed).atMs < (events[at - 1] as Timed).atMs) return false;
  }
  return true;
}

/** Events in order of time, as far as a bounded memory can put them in order. */
export async function* inOrder<T extends Timed>(
  batches: AsyncIterable<readonly T[]>,
  held = HELD,
): AsyncGenerator<readonly T[]> {
  let waiting: T[] = [];
  for await (const batch of batches) {
    waiting = waiting.length === 0 ? [...batch] : waiting.concat(batch);
    if (waiting.length < 2 * held) continue;
    if (!isInOrder(waiting)) waiting.sort(byTime);
    yield waiting.slice(0, waiting.length - held);
    waiting = waiting.slice(waiting.length - held);
  }
  yield waiting.sort(byTime);
}
