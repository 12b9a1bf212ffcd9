import type { LastActive } from '@kairos/decisions';
import type { FlatReader, FlatWriter } from '@kairos/stream-kit';
import { readArm, readSaid, writeArm, writeSaid } from './flat-trigger.ts';

type Clock = LastActive['clocks'][number];

/** How the last activity lies: the number of clocks that count from it, 0 = there is none; the event, and each clock. */
export function writeLastActive(to: FlatWriter, active: LastActive | null): void {
  to.count(active?.clocks.length ?? 0);
  if (active === null) return;
  writeArm(to, active.last);
  writeSaid(to, active.said);
  for (const { id, forMs, timerAtMs } of active.clocks) {
    to.text(id);
    to.number(forMs);
    to.moment(timerAtMs);
  }
}

export function readLastActive(from: FlatReader): LastActive | null {
  const count = from.count();
  if (count === 0) return null;
  const last = readArm(from);
  const said = readSaid(from);
  const clocks: Clock[] = [];
  for (let left = count; left > 0; left -= 1) clocks.push(readClock(from));
  return { last, said, clocks };
}

const readClock = (from: FlatReader): Clock => ({ id: from.text(), forMs: from.number(), timerAtMs: from.moment() });
