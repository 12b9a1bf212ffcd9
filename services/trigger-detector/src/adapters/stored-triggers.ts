import { type TriggerState, type TriggerStates, triggerDueAtMs, triggerEndsAtMs } from '@kairos/decisions';
import type { FlatWriter } from '@kairos/stream-kit';
import { writeTrigger } from './flat-trigger.ts';
import { AHEAD, knownHash, LINE, type LyingTriggers } from './lying-triggers.ts';
import { LENGTH_BYTES, writeLength, writeMoment } from './stored-section.ts';

/** One trigger with what it remembers now. */
interface Fresh {
  readonly id: string;
  readonly state: TriggerState;
}

/** Triggers that stand beside each other and have not changed: from a place to before another. */
interface Unchanged {
  readonly first: number;
  readonly end: number;
}

/** What is written, in order of id. */
type Piece = Fresh | Unchanged;

const isUnchanged = (piece: Piece): piece is Unchanged => 'end' in piece;

/** As `Fresh`, at its place: what has changed stands where it stood, and what is new before the one that follows it. */
interface Change {
  readonly place: number;
  readonly id: string;
  /** null = let go. */
  readonly state: TriggerState | null;
  readonly isNew: boolean;
}

/** All that is there, in order of id. */
function piecesOf(stored: LyingTriggers | null, held: TriggerStates['held']): readonly Piece[] {
  const changes: Change[] = [];
  for (const { id, state, place } of held) {
    if (place >= 0) changes.push({ place, id, state, isNew: false });
    else if (state !== null) changes.push({ place: placeAfter(stored, id), id, state, isNew: true });
  }
  if (changes.length > 1) changes.sort(inOrder);
  const pieces: Piece[] = [];
  let next = 0;
  for (const { place, id, state, isNew } of changes) {
    if (place > next) pieces.push({ first: next, end: place });
    if (state !== null) pieces.push({ id, state });
    next = isNew ? place : place + 1;
  }
  const size = stored?.size ?? 0;
  if (next < size) pieces.push({ first: next, end: size });
  return pieces;
}

function inOrder(a: Change, b: Change): number {
  if (a.place !== b.place) return a.place - b.place;
  if (a.isNew !== b.isNew) return a.isNew ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** The place of the first id that comes after this one. */
function placeAfter(stored: LyingTriggers | null, id: string): number {
  if (stored === null) return 0;
  let [low, high] = [0, stored.size];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stored.idAt(middle) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

const sizeOf = (piece: Piece): number => (isUnchanged(piece) ? piece.end - piece.first : 1);

/** Triggers as they stand now: what has not changed is copied as it lies, all that stands beside each other at once. */
export function writeTriggers(to: FlatWriter, triggers: TriggerStates): void {
  const stored = triggers.stored as LyingTriggers | null;
  const [only, another] = triggers.held;
  // Most persons are known to one trigger, or to none.
  if (stored === null && another === undefined) {
    const isThere = only !== undefined && only.state !== null;
    to.count(isThere ? 1 : 0);
    if (isThere) writeFresh(to, only.id, only.state);
    return;
  }
  const pieces = piecesOf(stored, triggers.held);
  let size = 0;
  for (const piece of pieces) size += sizeOf(piece);
  to.count(size);
  if (size >= 2) writeMany(to, stored, { pieces, size });
  else for (const piece of pieces) writeAlone(to, stored, piece);
}

function writeAlone(to: FlatWriter, stored: LyingTriggers | null, piece: Piece): void {
  const alone = isUnchanged(piece) ? storedAt(stored, piece.first) : piece;
  if (alone !== undefined) writeFresh(to, alone.id, alone.state);
}

function writeFresh(to: FlatWriter, id: string, state: TriggerState): void {
  to.text(id);
  writeTrigger(to, state);
}

const storedAt = (stored: LyingTriggers | null, place: number): Fresh | undefined =>
  stored === null ? undefined : { id: stored.idAt(place), state: stored.stateAt(place) };

/** The earliest timer and the end of the last memory of what is written. */
const moments = { dueAtMs: Number.POSITIVE_INFINITY, endsAtMs: Number.NEGATIVE_INFINITY };

function note(dueAtMs: number | undefined, endsAtMs: number | undefined): void {
  if (dueAtMs !== undefined && dueAtMs < moments.dueAtMs) moments.dueAtMs = dueAtMs;
  if (endsAtMs !== undefined && endsAtMs > moments.endsAtMs) moments.endsAtMs = endsAtMs;
}

function writeMany(
  to: FlatWriter,
  stored: LyingTriggers | null,
  { pieces, size }: { readonly pieces: readonly Piece[]; readonly size: number },
): void {
  moments.dueAtMs = Number.POSITIVE_INFINITY;
  moments.endsAtMs = Number.NEGATIVE_INFINITY;
  const length = to.at;
  let line = length + AHEAD;
  let end = line + size * LINE;
  for (const piece of pieces) {
    to.goTo(end);
    if (!isUnchanged(piece)) writeOne(to, line, piece);
    else if (stored !== null) copyRun(to, line, { stored, run: piece });
    end = to.at;
    line += sizeOf(piece) * LINE;
  }
  to.goTo(length + LENGTH_BYTES);
  writeMoment(to, Number.isFinite(moments.dueAtMs) ? moments.dueAtMs : undefined);
  writeMoment(to, Number.isFinite(moments.endsAtMs) ? moments.endsAtMs : undefined);
  to.goTo(end);
  writeLength(to, length, length + LENGTH_BYTES);
}

/** Ids and states go here, and their lines there. */
function copyRun(
  to: FlatWriter,
  line: number,
  { stored, run: { first, end } }: { readonly stored: LyingTriggers; readonly run: Unchanged },
): void {
  const start = stored.startOf(first);
  to.copy(stored.bytes, start, stored.startAfter(start, first, end));
  const after = to.at;
  to.goTo(line);
  to.copy(stored.bytes, stored.lineOf(first), stored.lineOf(end));
  to.goTo(after);
  for (let place = first; place < end; place += 1) note(stored.dueAtMs(place), stored.endsAtMs(place));
}

/** Here goes id and state, and there its line. */
function writeOne(to: FlatWriter, line: number, { id, state }: Fresh): void {
  const start = to.at;
  writeFresh(to, id, state);
  const end = to.at;
  const [dueAtMs, endsAtMs] = [triggerDueAtMs(state), triggerEndsAtMs(state)];
  note(dueAtMs, endsAtMs);
  to.goTo(line);
  to.fixed(knownHash(id));
  to.fixed(end - start);
  writeMoment(to, dueAtMs);
  writeMoment(to, endsAtMs);
  to.goTo(end);
}
