import type { LastActive } from '@kairos/decisions';
import { FlatReader, type FlatWriter } from '@kairos/stream-kit/offline';
import { readArm, readSaid, writeArm, writeSaid } from './flat-trigger.ts';

type Clock = LastActive['clocks'][number];

/** How the last activity lies: the number of clocks that count from it, 0 = there is none; each clock, the event, and what it said. */
export function writeLastActive(to: FlatWriter, active: LastActive | null): void {
  to.count(active?.clocks.length ?? 0);
  if (active === null) return;
  for (const { id, forMs, timerAtMs } of active.clocks) {
    to.text(id);
    to.number(forMs);
    to.moment(timerAtMs);
  }
  writeArm(to, active.last);
  writeSaid(to, active.said);
}

const later = new FlatReader();

/** What the event said is read when it is asked for: most activity is followed by other activity before a clock rings. */
class LyingLastActive implements LastActive {
  readonly last: LastActive['last'];
  readonly clocks: readonly Clock[];
  readonly #bytes: Buffer;
  readonly #saidAt: number;
  #said: LastActive['said'] | undefined;

  constructor({ last, clocks }: Pick<LastActive, 'last' | 'clocks'>, bytes: Buffer, saidAt: number) {
    this.last = last;
    this.clocks = clocks;
    this.#bytes = bytes;
    this.#saidAt = saidAt;
  }

  get said(): LastActive['said'] {
    if (this.#said === undefined) {
      later.begin(this.#bytes, this.#saidAt);
      this.#said = readSaid(later);
    }
    return this.#said;
  }
}

/** Reads all but what the event said; the reader then stands behind it. */
export function readLastActive(from: FlatReader, bytes: Buffer): LastActive | null {
  const count = from.count();
  if (count === 0) return null;
  const clocks = readClocks(from, count);
  const last = readArm(from);
  const saidAt = from.at;
  from.skipText();
  from.skipText();
  return new LyingLastActive({ last, clocks }, bytes, saidAt);
}

/** As version 7 wrote it: the clocks came last. */
export function readLastActiveOf7(from: FlatReader): LastActive | null {
  const count = from.count();
  if (count === 0) return null;
  const last = readArm(from);
  const said = readSaid(from);
  return { last, said, clocks: readClocks(from, count) };
}

function readClocks(from: FlatReader, count: number): readonly Clock[] {
  const clocks: Clock[] = [];
  for (let left = count; left > 0; left -= 1) clocks.push(readClock(from));
  return clocks;
}

const readClock = (from: FlatReader): Clock => ({ id: from.name(), forMs: from.number(), timerAtMs: from.moment() });
