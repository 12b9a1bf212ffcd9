import type { TriggerState } from '@kairos/decisions';
import type { FlatReader, FlatWriter } from '@kairos/stream-kit';

type OpenInstance = TriggerState['open'][number];
type Arm = OpenInstance['arms'][number];
type Said = OpenInstance['said'];
type Cancel = TriggerState['cancels'][number];
type Fired = TriggerState['fired'][number];
type Own = NonNullable<TriggerState['own']>;
type Suspension = NonNullable<TriggerState['suspension']>;

export function writeTrigger(to: FlatWriter, { open, idle, cancels, fired, own, suspension }: TriggerState): void {
  to.count(open.length);
  for (const instance of open) writeOpen(to, instance);
  to.byte(idle === null ? 0 : 1);
  if (idle !== null) {
    writeArm(to, idle.last);
    writeSaid(to, idle.said);
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
  for (const firing of fired) writeFired(to, firing);
  // Of its type alone, so as text; most have none.
  to.text(own === null ? '' : JSON.stringify(own));
  to.text(suspension === null ? '' : JSON.stringify(suspension));
}

function writeOpen(to: FlatWriter, { key, arms, count, said, dueAtMs, graceMs }: OpenInstance): void {
  to.text(key);
  to.count(arms.length);
  for (const arm of arms) writeArm(to, arm);
  to.number(count);
  writeSaid(to, said);
  to.moment(dueAtMs);
  to.number(graceMs);
}

export function writeArm(to: FlatWriter, { messageId, atMs, traceparent }: Arm): void {
  to.text(messageId);
  to.moment(atMs);
  to.byte(traceparent === null ? 0 : 1);
  if (traceparent !== null) to.text(traceparent);
}

export function writeSaid(to: FlatWriter, { event, properties }: Said): void {
  to.text(event);
  to.text(properties);
}

function writeFired(to: FlatWriter, firing: Fired): void {
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

export function many<T>(from: FlatReader, read: (from: FlatReader) => T): readonly T[] {
  const count = from.count();
  const all: T[] = [];
  for (let index = 0; index < count; index += 1) all.push(read(from));
  return all;
}

export const readTrigger = (from: FlatReader): TriggerState => ({
  open: many(from, readOpen),
  idle:
    from.byte() === 0
      ? null
      : { last: readArm(from), said: readSaid(from), forMs: from.number(), timerAtMs: from.moment() },
  cancels: many(from, readCancel),
  fired: many(from, readFired),
  own: readJson<Own>(from),
  suspension: readJson<Suspension>(from),
});

function readJson<T>(from: FlatReader): T | null {
  const text = from.text();
  return text === '' ? null : (JSON.parse(text) as T);
}

const readOpen = (from: FlatReader): OpenInstance => ({
  key: from.text(),
  arms: many(from, readArm),
  count: from.number(),
  said: readSaid(from),
  dueAtMs: from.moment(),
  graceMs: from.number(),
});

export const readArm = (from: FlatReader): Arm => ({
  messageId: from.text(),
  atMs: from.moment(),
  traceparent: from.byte() === 0 ? null : from.text(),
});

export const readSaid = (from: FlatReader): Said => ({ event: from.name(), properties: from.text() });

const readCancel = (from: FlatReader): Cancel => ({
  key: from.text(),
  atMs: from.moment(),
  messageId: from.text(),
  untilMs: from.moment(),
});

function readFired(from: FlatReader): Fired {
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
