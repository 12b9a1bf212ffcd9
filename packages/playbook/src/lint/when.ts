import type { CountWindow, TriggerDefinition } from '@kairos/decisions';
import { suggest } from '../lint-issue.ts';
import type { Path } from '../yaml-source.ts';
import type { Finding, Index } from './finding.ts';
import { segmentIds } from './models.ts';

const PART: Readonly<Record<string, string>> = { event: 'fires', count: 'counts' };

/** What is wrong with a pattern although its form is right. */
export function checkWhen({ when, cancelOn, oncePer }: TriggerDefinition, index: Index): Finding[] {
  const findings: Finding[] = [];
  if (when.type === 'segment') findings.push(...unknownSegment(when.segment, ['when', when.change], index));
  if (when.type === 'absence') {
    const { atLatestAfterMs, withinMs, clock } = when;
    if (atLatestAfterMs !== null && atLatestAfterMs < withinMs) {
      findings.push({ path: ['when', 'atLatestAfter'], message: 'is shorter than within', remedy: 'make it longer' });
    }
    if (atLatestAfterMs !== null && clock === 'startsOnFirst') {
      const remedy = 'remove it, or set clock: restartsOnRepeat';
      findings.push({
        path: ['when', 'atLatestAfter'],
        message: 'has no effect when the clock never restarts',
        remedy,
        severity: 'warning',
      });
    }
    for (const event of when.events) {
      const isOwnEnd = when.butNot.some((other) => other.name === event.name && other.where === null);
      if (!isOwnEnd) continue;
      findings.push({
        path: ['when', 'butNot'],
        message: `“${event.name}” arms and disarms it, so it never fires`,
        remedy: 'name another event',
      });
    }
  }
  if (when.type === 'unusual' && when.per !== null) findings.push(...tooFewPeriods(when.per, when.afterAtLeast));
  if (when.type === 'sequence') {
    for (const step of when.followedBy.slice(0, -1)) {
      if (!when.butNot.some((other) => other.name === step.name && other.where === null)) continue;
      const message = `“${step.name}” is a step and must not come between, so it never fires`;
      findings.push({ path: ['when', 'butNot'], message, remedy: 'name another event' });
    }
  }
  const isKeyless =
    ['inactivity', 'segment', 'profileChange'].includes(when.type) || (when.type === 'date' && when.of === 'profile');
  if (isKeyless && oncePer.some((key) => key !== 'person')) {
    findings.push({ path: ['oncePer'], message: `${when.type} has no event to take a key from`, remedy: 'remove it' });
  }
  const isCancelledBy = (name: string) => cancelOn.some((other) => other.name === name && other.where === null);
  for (const event of when.type === 'inactivity' ? (when.events ?? []) : []) {
    if (!isCancelledBy(event.name)) continue;
    const message = `“${event.name}” starts the wait and ends it, so it never fires`;
    findings.push({ path: ['cancelOn'], message, remedy: 'name events that are no activity, or leave cancelOn out' });
  }
  const started = 'events' in when && when.type !== 'absence' && when.type !== 'inactivity' ? when.events : [];
  for (const event of started.filter((one) => isCancelledBy(one.name))) {
    findings.push({
      path: ['cancelOn'],
      message: `“${event.name}” ${PART[when.type] ?? 'is part of it'} and cancels it`,
      remedy: 'name another event',
    });
  }
  return findings;
}

const YEAR_MS = 365 * 86_400_000;
/** On an average. */
const CALENDAR_MS = { day: 86_400_000, week: 7 * 86_400_000, month: YEAR_MS / 12 } as const;

/** A norm is made of the periods of a year: more can't be known. */
function tooFewPeriods(per: CountWindow, afterAtLeast: number): Finding[] {
  const ms = per.kind === 'rolling' ? per.ms : CALENDAR_MS[per.per];
  const known = Math.floor(YEAR_MS / ms) - 1;
  if (afterAtLeast <= known) return [];
  const path = known < MIN_KNOWN && per.kind === 'rolling' ? ['when', 'perPeriod'] : ['when', 'afterAtLeast'];
  const message = `${afterAtLeast} earlier periods are more than the ${Math.max(known, 0)} that a year has beside the one that is judged, so it never fires`;
  const remedy = known < MIN_KNOWN ? 'make the period shorter, such as 30d' : `set afterAtLeast to ${known} or less`;
  return [{ path, message, remedy }];
}

/** Fewer make no norm (see the form of `unusual`). */
const MIN_KNOWN = 3;

/** A typing error would be a trigger that never fires. */
export function unknownSegment(id: string, path: Path, index: Index): Finding[] {
  const known = segmentIds(index);
  if (known.has(id)) return [];
  return [{ path, message: `there is no segment “${id}”`, value: id, remedy: suggest(id, known.keys()) }];
}
