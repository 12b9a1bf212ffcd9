import {
  dueOfJourneys,
  type JourneyInstance,
  JourneyStates,
  type Journeys,
  type StoredJourneys,
} from '@kairos/decisions';
import { FlatReader, type FlatWriter } from '@kairos/stream-kit';
import { readJourney, writeJourney } from './flat-journey.ts';
import { many } from './flat-trigger.ts';

/**
 * How a person's journeys lie:
 *
 *   none    one byte, 0
 *   some    one byte, 1; length of all that follows (4 bytes), when one is due (8); their number, and each
 */
const [NONE, SOME] = [0, 1];
const NEVER = Number.NaN;

const moments = new Float64Array(1);
const octets = Buffer.from(moments.buffer);
const from = new FlatReader();

/** Where they lie. What was written is never changed, so it is true for ever. */
class LyingJourneys implements StoredJourneys {
  readonly dueAtMs: number | undefined;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    const dueAtMs = bytes.readDoubleLE(start);
    this.dueAtMs = Number.isNaN(dueAtMs) ? undefined : dueAtMs;
  }

  read(): readonly JourneyInstance[] {
    from.begin(this.bytes, this.start + octets.length);
    return many(from, readJourney);
  }
}

/** Those that nobody has changed are copied as they lie. */
export function writeJourneys(to: FlatWriter, journeys: Journeys | undefined): void {
  if (journeys === undefined) {
    to.byte(NONE);
    return;
  }
  to.byte(SOME);
  const lengthAt = to.at;
  const start = lengthAt + 4;
  to.goTo(start);
  if (journeys instanceof JourneyStates) {
    const { bytes, start: first, end } = journeys.stored as LyingJourneys;
    to.copy(bytes, first, end);
  } else {
    moments[0] = dueOfJourneys(journeys) ?? NEVER;
    to.copy(octets, 0, octets.length);
    to.count(journeys.length);
    for (const instance of journeys) writeJourney(to, instance);
  }
  const end = to.at;
  to.goTo(lengthAt);
  to.fixed(end - start);
  to.goTo(end);
}

/** Reads none of them; the reader then stands behind them. */
export function readJourneys(reader: FlatReader, bytes: Buffer): JourneyStates | undefined {
  if (reader.byte() === NONE) return undefined;
  const start = reader.at + 4;
  const end = start + bytes.readUInt32LE(reader.at);
  reader.begin(bytes, end);
  return new JourneyStates(new LyingJourneys(bytes, start, end));
}
