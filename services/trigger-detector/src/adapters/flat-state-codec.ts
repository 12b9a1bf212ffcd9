import { type DetectState, SharedMemories, TriggerStates } from '@kairos/decisions';
import { FlatReader, FlatWriter } from '@kairos/stream-kit/offline';
import type { StateCodec } from '../ports.ts';
import { readLastActive, readLastActiveOf7, writeLastActive } from './flat-last-active.ts';
import { readTriggers } from './lying-triggers.ts';
import { readBody, readKnown, stateOf, unchangedBody, writeBody } from './stored-body.ts';
import { readJourneys } from './stored-journeys.ts';
import { readShared } from './stored-shared.ts';

/**
 * First byte of what is written here: a head, and a body that most events leave as it lies. And of what is read, too: there
 * was no head; each trigger remembered for itself; and journeys were JSON.
 */
const VERSION = 8;
const WITHOUT_HEAD = 7;
const EACH_APART = 6;
const JOURNEYS_AS_JSON = 5;
const READ: ReadonlySet<number | undefined> = new Set([VERSION, WITHOUT_HEAD, EACH_APART, JOURNEYS_AS_JSON]);

const to = new FlatWriter();
const from = new FlatReader();

function writeState(state: DetectState): void {
  const triggers = TriggerStates.of(state.triggers);
  writeHead(state, triggers);
  writeBody(to, state, triggers);
}

function writeHead(state: DetectState, { active }: TriggerStates): void {
  to.byte(VERSION);
  writeLastActive(to, active);
  // What another version of the detector keeps beside this.
  to.text(moreOf(state));
}

function readState(bytes: Buffer, version: number): DetectState {
  if (version !== VERSION) return readBefore(bytes, version);
  const active = readLastActive(from, bytes);
  const more = from.text();
  return withMore(readBody(from, bytes, active), more);
}

/** What versions before this one wrote. */
function readBefore(bytes: Buffer, version: number): DetectState {
  const { stored, held } = readTriggers(from, bytes, false);
  const isShared = version === WITHOUT_HEAD;
  const active = isShared ? readLastActiveOf7(from) : null;
  const shared = isShared ? readShared(from, bytes) : SharedMemories.none;
  const known = readKnown(from);
  const journeys = version === JOURNEYS_AS_JSON ? undefined : readJourneys(from, bytes);
  return withMore(
    stateOf(known, TriggerStates.from({ stored, held, active, shared, read: null }), journeys),
    from.text(),
  );
}

const withMore = (state: DetectState, more: string): DetectState =>
  more === '' ? state : { ...state, ...(JSON.parse(more) as object) };

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
  mustEndAt(end);
  return state;
}

/** Most events only move the head of a state. */
const parts: NonNullable<NonNullable<StateCodec['flat']>['parts']> = {
  bodyOf(state) {
    const { triggers } = state as DetectState;
    if (!(triggers instanceof TriggerStates) || triggers.read === null) return null;
    return unchangedBody(state as DetectState, triggers);
  },
  heads: {
    encodeInto(state, into, at) {
      to.begin(into, at);
      writeHead(state as DetectState, TriggerStates.of((state as DetectState).triggers));
      return to.end();
    },
  },
  decode(head, body): DetectState {
    from.begin(head.bytes, head.start + 1);
    const active = readLastActive(from, head.bytes);
    const more = from.text();
    mustEndAt(head.end);
    from.begin(body.bytes, body.start);
    const state = withMore(readBody(from, body.bytes, active), more);
    mustEndAt(body.end);
    return state;
  },
};

function mustEndAt(end: number): void {
  if (from.at !== end) throw new Error(`a state of the detector ends at ${from.at} instead of ${end}`);
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
export const detectStateCodec: StateCodec = { encode, decode, flat: { encodeInto, decodeFrom, parts } };
