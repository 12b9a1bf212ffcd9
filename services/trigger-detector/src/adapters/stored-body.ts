import { type DetectState, TriggerStates } from '@kairos/decisions';
import type { FlatReader, FlatWriter } from '@kairos/stream-kit';
import { many } from './flat-trigger.ts';
import { type Known, LyingBody } from './lying-body.ts';
import { readTriggers } from './lying-triggers.ts';
import { readJourneys, writeJourneys } from './stored-journeys.ts';
import { readShared, writeShared } from './stored-shared.ts';
import { writeTriggers } from './stored-triggers.ts';

/**
 * The body of a state: what is known of the person, triggers, what they remember alike, journeys. It lies at the end of the
 * state and hangs on nothing before it, so that it can be copied behind another head.
 */
export function writeBody(to: FlatWriter, state: DetectState, triggers: TriggerStates): void {
  const { journeys } = state;
  const before = bodyBefore(triggers);
  const isKnown = before?.knows(state) === true;
  if (before !== null && isKnown && before.remembers(triggers, journeys)) {
    before.copyTo(to);
    return;
  }
  if (before !== null && isKnown) before.copyKnownTo(to);
  else writeKnown(to, state);
  // What follows must not hang on a moment of the head.
  to.goTo(to.at);
  writeTriggers(to, triggers);
  writeShared(to, triggers.shared);
  writeJourneys(to, journeys);
}

const bodyBefore = ({ read }: TriggerStates): LyingBody | null => read as LyingBody | null;

/** The body of a state as it was read, if nothing of it has changed. */
export function unchangedBody(state: DetectState, triggers: TriggerStates): LyingBody | null {
  const before = bodyBefore(triggers);
  return before?.knows(state) === true && before.remembers(triggers, state.journeys) ? before : null;
}

function writeKnown(to: FlatWriter, { profile, segments, watchedBy }: Known): void {
  to.text(profile);
  to.count(segments.length);
  for (const segment of segments) to.text(segment);
  to.text(watchedBy ?? '');
}

export function readKnown(from: FlatReader): Known {
  const profile = from.text();
  const segments = many(from, readText);
  const watchedBy = from.name();
  return watchedBy === '' ? { profile, segments } : { profile, segments, watchedBy };
}

const readText = (reader: FlatReader): string => reader.name();

/** Of a shorter one it is not worth while to keep in mind where it lies: it is written again, unless much may stand in it. */
const MIN_BYTES = 400;

/** Reads what is known of the person, and of the rest where it lies. The reader then stands behind it. */
export function readBody(from: FlatReader, bytes: Buffer, active: TriggerStates['active']): DetectState {
  const start = from.at;
  const known = readKnown(from);
  const knownEnd = from.at;
  from.begin(bytes, knownEnd);
  const { stored, held } = readTriggers(from, bytes, true);
  const shared = readShared(from, bytes);
  const journeys = readJourneys(from, bytes);
  const end = from.at;
  const isShort = end - start < MIN_BYTES && known.watchedBy === undefined && journeys === undefined;
  const read = isShort ? null : new LyingBody({ bytes, start, end, knownEnd, known, held, shared, journeys });
  return stateOf(known, TriggerStates.from({ stored, held, active, shared, read }), journeys);
}

/** Spelled out: made for every event. */
export function stateOf(
  { profile, segments, watchedBy }: Known,
  triggers: TriggerStates,
  journeys: DetectState['journeys'],
): DetectState {
  if (journeys === undefined) {
    return watchedBy === undefined ? { triggers, profile, segments } : { triggers, profile, segments, watchedBy };
  }
  return watchedBy === undefined
    ? { triggers, profile, segments, journeys }
    : { triggers, profile, segments, watchedBy, journeys };
}
