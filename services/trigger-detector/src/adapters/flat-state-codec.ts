import { type DetectState, SharedMemories, TriggerStates } from '@kairos/decisions';
import { FlatReader, FlatWriter } from '@kairos/stream-kit';
import type { StateCodec } from '../ports.ts';
import { readLastActive, writeLastActive } from './flat-last-active.ts';
import { many } from './flat-trigger.ts';
import { readJourneys, writeJourneys } from './stored-journeys.ts';
import { readShared, writeShared } from './stored-shared.ts';
import { readTriggers, writeTriggers } from './stored-triggers.ts';

/** First byte of what is written here, and of what is read, too: each trigger for itself; and there journeys were JSON. */
const VERSION = 7;
const EACH_APART = 6;
const JOURNEYS_AS_JSON = 5;
const READ: ReadonlySet<number | undefined> = new Set([VERSION, EACH_APART, JOURNEYS_AS_JSON]);

const to = new FlatWriter();
const from = new FlatReader();

const readText = (reader: FlatReader): string => reader.text();

function writeState(state: DetectState): void {
  const { triggers, profile, segments, watchedBy, journeys } = state;
  to.byte(VERSION);
  const states = TriggerStates.of(triggers);
  writeTriggers(to, states);
  writeLastActive(to, states.active);
  writeShared(to, states.shared);
  to.text(profile);
  to.count(segments.length);
  for (const segment of segments) to.text(segment);
  to.text(watchedBy ?? '');
  writeJourneys(to, journeys);
  // What another version of the detector keeps beside this.
  to.text(moreOf(state));
}

function readState(bytes: Buffer, version: number): DetectState {
  const { stored, held } = readTriggers(from, bytes);
  const isShared = version === VERSION;
  const triggers = TriggerStates.from({
    stored,
    held,
    active: isShared ? readLastActive(from) : null,
    shared: isShared ? readShared(from, bytes) : SharedMemories.none,
  });
  const profile = from.text();
  const segments = many(from, readText);
  const watchedBy = from.text();
  const journeys = version === JOURNEYS_AS_JSON ? undefined : readJourneys(from, bytes);
  const more = from.text();
  const known = watchedBy === '' ? { triggers, profile, segments } : { triggers, profile, segments, watchedBy };
  const state = journeys === undefined ? known : { ...known, journeys };
  return more === '' ? state : { ...state, ...(JSON.parse(more) as object) };
}

const FIELDS: ReadonlySet<string> = new Set(['triggers', 'profile', 'segments', 'watchedBy', 'journeys']);

function moreOf(state: DetectState): string {
  for (const name in state) {
    if (FIELDS.has(name)) continue;
    return JSON.stringify(Object.fromEntries(Object.entries(state).filter(([field]) => !FIELDS.has(field))));
  }
  return '';
}

function encodeInto(state: unknown, into: Buffer, at: number): number {
  to.begin(into, at);
  writeState(state as DetectState);
  return to.end();
}

function decodeFrom(bytes: Buffer, start: number, end: number): DetectState {
  const version = bytes[start];
  if (version === undefined || !READ.has(version)) {
    throw new Error(`the state was written by another version of the detector (it begins with ${version})`);
  }
  from.begin(bytes, start + 1);
  const state = readState(bytes, version);
  if (from.at !== end) throw new Error(`a state of the detector ends at ${from.at} instead of ${end}`);
  return state;
}

let scratch = Buffer.allocUnsafeSlow(4_096);

function encode(state: unknown): Uint8Array {
  let end = encodeInto(state, scratch, 0);
  for (; end < 0; end = encodeInto(state, scratch, 0)) scratch = Buffer.allocUnsafeSlow(scratch.length * 4);
  return Buffer.from(scratch.subarray(0, end));
}

function decode(bytes: Uint8Array): DetectState {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return decodeFrom(buffer, 0, buffer.length);
}

/** States in a form of their own: a fraction of Avro's time, so that they can lie encoded between two events. */
export const detectStateCodec: StateCodec = { encode, decode, flat: { encodeInto, decodeFrom } };
