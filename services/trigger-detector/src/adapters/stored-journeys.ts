import {
  dueOfJourneys,
  type JourneyInstance,
  JourneyStates,
  type Journeys,
  type StoredJourneys,
} from '@kairos/decisions';
import { FlatReader, type FlatWriter } from '@kairos/stream-kit/offline';
import { readJourney, writeJourney } from './flat-journey.ts';
import { many } from './flat-trigger.ts';
import { beginSection, endSection, LyingSection, readSection, writeMoment, writeNoSection } from './stored-section.ts';

const from = new FlatReader();

/** A person's journeys, a section whose moment says when one is due: their number, and each. */
class LyingJourneys extends LyingSection implements StoredJourneys {
  get dueAtMs(): number | undefined {
    return this.atMs;
  }

  read(): readonly JourneyInstance[] {
    from.begin(this.bytes, this.contentAt);
    return many(from, readJourney);
  }
}

/** Those that nobody has changed are copied as they lie. */
export function writeJourneys(to: FlatWriter, journeys: Journeys | undefined): void {
  if (journeys === undefined) {
    writeNoSection(to);
    return;
  }
  const start = beginSection(to);
  if (journeys instanceof JourneyStates) (journeys.stored as LyingJourneys).copyTo(to);
  else {
    writeMoment(to, dueOfJourneys(journeys));
    to.count(journeys.length);
    for (const instance of journeys) writeJourney(to, instance);
  }
  endSection(to, start);
}

/** Reads none of them; the reader then stands behind them. */
export function readJourneys(reader: FlatReader, bytes: Buffer): JourneyStates | undefined {
  const section = readSection(reader, bytes);
  return section === null ? undefined : new JourneyStates(new LyingJourneys(bytes, section));
}
