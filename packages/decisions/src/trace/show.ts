import { ringsAtMs } from './pending.ts';
import type { LookOutcome, Pending, RoleLook, TriggerLook } from './types.ts';
import { clockAt, keyed, lengthOf } from './words.ts';

const roleWords: Readonly<Record<RoleLook['role'], string>> = {
  starts: 'what it waits for',
  cancels: 'what cancels it',
  goal: 'its goal',
  suspends: 'what suspends it',
  resumes: 'what ends a suspension',
};

const verdictWords: Readonly<Record<TriggerLook['verdict'], string>> = {
  fired: 'fired',
  notStarted: 'matched, did not start',
  waits: 'waits',
  ended: 'ended',
  remembered: 'remembers it',
  unchanged: 'changed nothing',
  noMatch: 'did not match',
};

/** A look in a few words: `did not match`, `matched, did not start: REENTRY_WAIT`. */
export function verdictOfLook({ verdict, outcomes }: TriggerLook): string {
  const codes = [...new Set(outcomes.flatMap(({ code }) => code ?? []))];
  return codes.length === 0 ? verdictWords[verdict] : `${verdictWords[verdict]}: ${codes.join(', ')}`;
}

/** The reasons of a look, one to a line. */
export function reasonsOfLook({ roles, outcomes, says, verdict }: TriggerLook): readonly string[] {
  // Of a trigger that matched, what it also might have been is no news.
  const shown = verdict === 'noMatch' ? roles : [];
  return [
    ...shown.flatMap(({ role, why }) =>
      why.map((part) => (role === 'starts' ? part : `not ${roleWords[role]}: ${part}`)),
    ),
    ...outcomes.flatMap(reasonsOfOutcome),
    ...says,
  ];
}

const reasonsOfOutcome = ({ gates }: LookOutcome): readonly string[] =>
  gates.flatMap(({ passed, why }) => (passed ? [] : why));

/** Something that waits, in a line: `cart-left (c1) at 2026-06-03 12:00:00 Europe/Berlin, in 52 minutes: after Product Added`. */
export function showPending(pending: Pending, at: { readonly nowMs: number; readonly zone: string }): string {
  const { kind, id, key, dueAtMs, graceMs, what } = pending;
  const leftMs = ringsAtMs(pending) - at.nowMs;
  const grace = graceMs === 0 ? '' : ` (and ${lengthOf(graceMs)} of grace)`;
  const when = leftMs > 0 ? `in ${lengthOf(leftMs)}` : 'as soon as the log has come so far';
  return `${kind === 'journey' ? 'journey ' : ''}${id}${keyed(key)} due ${clockAt(dueAtMs, at.zone)} ${at.zone}${grace}, ${when}: ${what}`;
}
