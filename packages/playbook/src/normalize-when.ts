import { type CountWindow, type EventMatch, parseWallTimeMs, type When } from '@kairos/decisions';
import type { WhenInput } from './schema/when.ts';

type UnusualInput = Extract<WhenInput, { afterAtLeast: number }>;

/** `when` in normal form: which type it is follows from the fields that it has. */
export function normalizeWhen(when: WhenInput): When {
  if ('inactiveFor' in when) return { type: 'inactivity', events: when.of ?? null, forMs: when.inactiveFor };
  if ('changes' in when) {
    return { type: 'profileChange', path: belowProfile(when.changes), from: when.from ?? null, to: when.to ?? null };
  }
  if ('on' in when) {
    const [of = '', ...path] = when.on.split('.');
    return {
      type: 'date',
      of: of === 'profile' ? 'profile' : 'properties',
      path: path.join('.'),
      events: restrict(when.did ?? [], when.where),
      yearly: when.yearly,
      offsetDays: when.offset,
      atWallMs: parseWallTimeMs(when.at) ?? 0,
    };
  }
  if (!('did' in when)) {
    const { enters, leaves = '' } = when;
    return { type: 'segment', segment: enters ?? leaves, change: enters === undefined ? 'leaves' : 'enters' };
  }
  const events = restrict(when.did, when.where);
  if ('then' in when) {
    const { butNot = [], within } = when;
    return { type: 'sequence', events, followedBy: when.then, butNot, withinMs: within };
  }
  if ('butNot' in when) {
    return {
      type: 'absence',
      events,
      butNot: when.butNot,
      withinMs: when.within,
      clock: when.clock,
      atLatestAfterMs: when.atLatestAfter ?? null,
      graceMs: when.grace,
    };
  }
  if ('atLeast' in when) {
    const { of, value = null, atLeast, within, per = 'day', zone = 'person' } = when;
    const window =
      within === undefined ? { kind: 'calendar' as const, per, zone } : { kind: 'rolling' as const, ms: within };
    return { type: 'count', events, of, value, atLeast, window };
  }
  if ('afterAtLeast' in when) {
    const { value = null, times = null, spreads = null, direction, afterAtLeast } = when;
    return { type: 'unusual', events, value, per: periodOf(when), times, spreads, direction, afterAtLeast };
  }
  return { type: 'event', events };
}

/** The periods of `perPeriod` or `per`; null where the event has a value of its own. */
function periodOf({
  perPeriod,
  per,
  zone = 'person',
}: Pick<UnusualInput, 'perPeriod' | 'per' | 'zone'>): CountWindow | null {
  if (perPeriod !== undefined) return { kind: 'rolling', ms: perPeriod };
  return per === undefined ? null : { kind: 'calendar', per, zone };
}

const belowProfile = (path: string): string => path.slice('profile.'.length);

/** A `where` beside `did` holds for each of its events, together with the event's own. */
function restrict(events: readonly EventMatch[], where: string | undefined): readonly EventMatch[] {
  if (where === undefined) return events;
  return events.map((event) => ({
    name: event.name,
    where: event.where === null ? where : `(${event.where}) && (${where})`,
  }));
}
