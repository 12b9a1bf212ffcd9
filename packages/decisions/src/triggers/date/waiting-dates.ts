import type { PersonZone } from '../../profiles/contact.ts';
import { calendarDayOf } from '../../time/index.ts';
import { concerns } from '../instance-key.ts';
import type { Watched } from '../profile-value.ts';
import type { Own, Said, TriggerState } from '../state.ts';
import { type DateWhen, nextOccurrence } from './occurrence.ts';

/** A date that is waited for, or has been dealt with. */
export interface WaitingDate {
  readonly key: string;
  /** The event that told it, and when that happened. */
  readonly messageId: string;
  readonly atMs: number;
  readonly said: Said;
  readonly value: Watched;
  readonly zone: string;
  readonly zoneFrom: string;
  /** What of the definition it was worked out by. */
  readonly rule: string;
  /** When it is due; null when nothing is to come. */
  readonly dueAtMs: number | null;
  /** The date that is due; the last one that was, when nothing is to come. */
  readonly date: string;
  /** The last date that was dealt with: it does not come again because the person moves to another zone. */
  readonly doneDate: string;
  /** With nothing to come, it is kept until then. */
  readonly keptUntilMs: number;
}

export interface DateOwn extends Own {
  readonly type: 'date';
  readonly dates: readonly WaitingDate[];
}

/** Dates of one person and trigger; the one due last gives way. */
const MAX_DATES = 64;
/** Longer than the same local time may lie apart in two zones. */
export const ANY_ZONE_MS = 2 * 86_400_000;

const NO_DATES: readonly WaitingDate[] = [];

export const datesOf = ({ own }: TriggerState): readonly WaitingDate[] =>
  own?.type === 'date' ? (own as DateOwn).dates : NO_DATES;

export const ruleOf = ({ of, path, yearly, offsetDays, atWallMs }: DateWhen): string =>
  `${of}.${path} ${yearly ? 'yearly' : 'once'} ${offsetDays} ${atWallMs}`;

/** The state with these dates. What has nothing to come goes when it need not be known any more. */
export function withDates(state: TriggerState, dates: readonly WaitingDate[], nowMs: number): TriggerState {
  const own = ownWith(dates, nowMs);
  return own === null && state.own === null ? state : { ...state, own };
}

export function ownWith(dates: readonly WaitingDate[], nowMs: number): DateOwn | null {
  const kept = limited(dates.filter(({ dueAtMs, keptUntilMs }) => dueAtMs !== null || keptUntilMs > nowMs));
  if (kept.length === 0) return null;
  const isWaiting = kept.some(({ dueAtMs }) => dueAtMs !== null);
  const untilMs = isWaiting ? null : Math.max(...kept.map(({ keptUntilMs }) => keptUntilMs));
  return { type: 'date', untilMs, dates: kept };
}

function limited(dates: readonly WaitingDate[]): readonly WaitingDate[] {
  if (dates.length <= MAX_DATES) return dates;
  const dueOf = ({ dueAtMs }: WaitingDate) => dueAtMs ?? Number.NEGATIVE_INFINITY;
  const last = dates.reduce((a, b) => (dueOf(b) > dueOf(a) ? b : a));
  return dates.filter((date) => date !== last);
}

export const otherThan = (dates: readonly WaitingDate[], key: string): readonly WaitingDate[] =>
  dates.filter((date) => date.key !== key);

/** What is known of a date before it is worked out when it is due. */
export type Told = Pick<WaitingDate, 'key' | 'messageId' | 'atMs' | 'said' | 'value' | 'doneDate' | 'keptUntilMs'>;

export interface ArmAt {
  readonly when: DateWhen;
  readonly zone: PersonZone;
  /** It is due later than this: what has passed when it becomes known is let go. */
  readonly nowMs: number;
}

/** Works out when a date is due next. */
export function armed(told: Told, { when, zone: { zone, zoneFrom }, nowMs }: ArmAt): WaitingDate {
  const { key, messageId, atMs, said, value, doneDate, keptUntilMs } = told;
  const day = calendarDayOf(value, zone);
  const next = day === null ? null : nextOccurrence(day, when, { afterMs: nowMs, afterDate: doneDate, zone });
  const date = next?.date ?? doneDate;
  const dueAtMs = next?.dueAtMs ?? null;
  return {
    key,
    messageId,
    atMs,
    said,
    value,
    zone,
    zoneFrom,
    rule: ruleOf(when),
    dueAtMs,
    date,
    doneDate,
    keptUntilMs,
  };
}

/** A date was dealt with: the next one is waited for, if there is one. */
export const dealtWith = (waiting: WaitingDate, at: ArmAt): WaitingDate =>
  armed(
    { ...waiting, doneDate: waiting.date, keptUntilMs: Math.max(waiting.dueAtMs ?? 0, at.nowMs) + ANY_ZONE_MS },
    at,
  );

/** Whether a cancelling event concerns a date. */
export const isCancelledBy = (
  { key, atMs, messageId }: WaitingDate,
  cancel: { readonly key: string; readonly atMs: number; readonly messageId: string },
): boolean => concerns(cancel.key, key) && atMs <= cancel.atMs && messageId !== cancel.messageId;
