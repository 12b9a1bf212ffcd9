import type { DetectState } from '@kairos/decisions';
import { FlatReader, FlatWriter } from '@kairos/stream-kit';
import type { StateCodec } from '../ports.ts';

/** First byte of what is written here. */
const VERSION = 4;

type TriggerState = DetectState['triggers'][string];
type OpenInstance = TriggerState['open'][number];
type Arm = OpenInstance['arms'][number];
type Said = OpenInstance['said'];
type Cancel = TriggerState['cancels'][number];
type Fired = TriggerState['fired'][number];
type Own = NonNullable<TriggerState['own']>;
type Suspension = NonNullable<TriggerState['suspension']>;

const to = new FlatWriter();
const from = new FlatReader();

const readText = (): string => from.text();

function writeState(state: DetectState): void {
  const { triggers, profile, segments, ...more } = state;
  to.byte(VERSION);
  let count = 0;
  for (const _ in triggers) count += 1;
  to.count(count);
  for (const id in triggers) {
    const trigger = triggers[id];
    if (trigger === undefined) continue;
    to.text(id);
    writeTrigger(trigger);
  }
  to.text(profile);
  to.count(segments.length);
  for (const segment of segments) to.text(segment);
  // What another version of the detector keeps beside this.
  to.text(hasAny(more) ? JSON.stringify(more) : '');
}

function writeTrigger({ open, idle, cancels, fired, own, suspension }: TriggerState): void {
  to.count(open.length);
  for (const instance of open) writeOpen(instance);
  to.byte(idle === null ? 0 : 1);
  if (idle !== null) {
    writeArm(idle.last);
    writeSaid(idle.said);
    to.number(idle.forMs);
    to.moment(idle.timerAtMs);
  }
  to.count(cancels.length);
  for (const cancel of cancels) {
    to.text(cancel.key);
    to.moment(cancel.atMs);
    to.text(cancel.messageId);
    to.moment(cancel.untilMs);
  }
  to.count(fired.length);
  for (const firing of fired) writeFired(firing);
  // Of its type alone, so as text; most have none.
  to.text(own === null ? '' : JSON.stringify(own));
  to.text(suspension === null ? '' : JSON.stringify(suspension));
}

function writeOpen({ key, arms, count, said, dueAtMs, graceMs }: OpenInstance): void {
  to.text(key);
  to.count(arms.length);
  for (const arm of arms) writeArm(arm);
  to.number(count);
  writeSaid(said);
  to.moment(dueAtMs);
  to.number(graceMs);
}

function writeArm({ messageId, atMs, traceparent }: Arm): void {
  to.text(messageId);
  to.moment(atMs);
  to.byte(traceparent === null ? 0 : 1);
  if (traceparent !== null) to.text(traceparent);
}

function writeSaid({ event, properties }: Said): void {
  to.text(event);
  to.text(properties);
}

function writeFired(firing: Fired): void {
  to.text(firing.key);
  to.text(firing.candidateId);
  // What lies a fixed time apart stands side by side: the differences are the same for everybody.
  to.moment(firing.firedAtMs);
  to.byte((firing.isOpen ? 1 : 0) | (firing.untilMs === null ? 2 : 0));
  if (firing.untilMs !== null) to.moment(firing.untilMs);
  to.moment(firing.expiresAtMs);
  to.moment(firing.dueAtMs);
  to.moment(firing.lastArmAtMs);
}

function readState(): DetectState {
  const triggers: Record<string, TriggerState> = {};
  for (let left = from.count(); left > 0; left -= 1) {
    const id = from.text();
    triggers[id] = readTrigger();
  }
  const profile = from.text();
  const segments = many(readText);
  const more = from.text();
  return more === ''
    ? { triggers, profile, segments }
    : { triggers, profile, segments, ...(JSON.parse(more) as object) };
}

function many<T>(read: () => T): readonly T[] {
  const count = from.count();
  const all: T[] = [];
  for (let index = 0; index < count; index += 1) all.push(read());
  return all;
}

const readTrigger = (): TriggerState => ({
  open: many(readOpen),
  idle:
    from.byte() === 0 ? null : { last: readArm(), said: readSaid(), forMs: from.number(), timerAtMs: from.moment() },
  cancels: many(readCancel),
  fired: many(readFired),
  own: readJson<Own>(),
  suspension: readJson<Suspension>(),
});

function readJson<T>(): T | null {
  const text = from.text();
  return text === '' ? null : (JSON.parse(text) as T);
}

const readOpen = (): OpenInstance => ({
  key: from.text(),
  arms: many(readArm),
  count: from.number(),
  said: readSaid(),
  dueAtMs: from.moment(),
  graceMs: from.number(),
});

const readArm = (): Arm => ({
  messageId: from.text(),
  atMs: from.moment(),
  traceparent: from.byte() === 0 ? null : from.text(),
});

const readSaid = (): Said => ({ event: from.text(), properties: from.text() });

const readCancel = (): Cancel => ({
  key: from.text(),
  atMs: from.moment(),
  messageId: from.text(),
  untilMs: from.moment(),
});

function readFired(): Fired {
  const key = from.text();
  const candidateId = from.text();
  const firedAtMs = from.moment();
  const flags = from.byte();
  const untilMs = (flags & 2) === 0 ? from.moment() : null;
  const expiresAtMs = from.moment();
  const dueAtMs = from.moment();
  const lastArmAtMs = from.moment();
  return { key, candidateId, firedAtMs, dueAtMs, lastArmAtMs, expiresAtMs, isOpen: (flags & 1) === 1, untilMs };
}

function hasAny(value: object): boolean {
  for (const _ in value) return true;
  return false;
}

function encodeInto(state: unknown, into: Buffer, at: number): number {
  to.begin(into, at);
  writeState(state as DetectState);
  return to.end();
}

function decodeFrom(bytes: Buffer, start: number, end: number): DetectState {
  if (bytes[start] !== VERSION) {
    throw new Error(`the state was written by another version of the detector (it begins with ${bytes[start]})`);
  }
  from.begin(bytes, start + 1);
  const state = readState();
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
