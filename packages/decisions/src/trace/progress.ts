import type { CompiledWhen } from '../compile-types.ts';
import { ownOf as countOf } from '../triggers/count/detect.ts';
import { countedValue, totalUpTo } from '../triggers/count/window.ts';
import { isBefore } from '../triggers/pattern-events.ts';
import { ownOf as profileValueOf } from '../triggers/profile-change/detect.ts';
import { watchedValue, withValue } from '../triggers/profile-value.ts';
import { partOf } from '../triggers/sequence/chain.ts';
import type { TriggerState } from '../triggers/state.ts';
import type { EventMoment } from '../triggers/trigger-type.ts';
import { ownOf as valuesOf } from '../triggers/unusual/detect.ts';
import { type Norm, normOf } from '../triggers/unusual/norm.ts';
import { placeAt } from '../triggers/unusual/periods.ts';
import { countsBefore, rhythmsOf } from '../triggers/unusual/rhythm.ts';
import { whyNot } from './roles.ts';
import { keyed, lengthOf } from './words.ts';

/** What a trigger remembered before it met an event that matches, and after. */
export interface Step {
  readonly before: TriggerState;
  readonly after: TriggerState;
  readonly moment: EventMoment;
}

type WhenOf<Type extends CompiledWhen['type']> = Extract<CompiledWhen, { type: Type }>;

/** How far a pattern has come that an event did not complete, in sentences. */
export function progressOf(step: Step): readonly string[] {
  const { when } = step.moment.trigger;
  switch (when.type) {
    case 'count':
      return [countProgress(when, step)];
    case 'sequence':
      return sequenceProgress(when, step);
    case 'unusual':
      return [unusualProgress(when, step)];
    case 'profileChange':
      return profileProgress(when, step);
    case 'inactivity':
      return [idleProgress(step)];
    default:
      return [];
  }
}

const COUNTS_NO_MORE = 'it counts no more: it came again, too late, or before what cancelled or completed the pattern';

function countProgress(when: WhenOf<'count'>, { before, after, moment }: Step): string {
  const { scope, event, key } = moment;
  if (countedValue(when, scope) === null) return `it lacks ${when.value?.text ?? 'a value'}: it counts for nothing`;
  if (after === before) return COUNTS_NO_MORE;
  const counted = (countOf(after)?.counted ?? []).filter((one) => one.key === key);
  const total = totalUpTo(counted, event.occurredAtMs, { when, scope });
  const window = when.window.kind === 'rolling' ? `within ${lengthOf(when.window.ms)}` : `in this ${when.window.per}`;
  const what = when.of === 'count' ? '' : when.of === 'sum' ? ' in all' : ' different ones';
  return `${total} of ${when.atLeast}${what} ${window}${keyed(key)}`;
}

function sequenceProgress(when: WhenOf<'sequence'>, { before, after, moment }: Step): readonly string[] {
  const part = partOf(when, moment);
  const steps = [when.events, ...when.followedBy].flatMap((_, index) =>
    (part.steps & (1 << index)) === 0 ? [] : [index + 1],
  );
  if (after === before) return [COUNTS_NO_MORE];
  const says =
    steps.length === 0 ? [] : [`step ${steps.join(' or ')} of ${when.followedBy.length + 1}${keyed(part.key)}`];
  return part.breaks ? [...says, 'it must not come between: what began before it cannot be completed after it'] : says;
}

function unusualProgress(when: WhenOf<'unusual'>, step: Step): string {
  const { before, after, moment } = step;
  if (when.per !== null) return periodProgress(when, step);
  if (after === before) return `it lacks ${when.value?.text ?? 'a value'}, or came again: it tells nothing`;
  const values = (valuesOf(after)?.values ?? []).filter(({ key }) => key === moment.key);
  const own = values.find(({ messageId }) => messageId === moment.event.messageId);
  const earlier = own === undefined ? [] : values.filter((one) => isBefore(one, own)).map(({ value }) => value);
  const norm = normOf(earlier);
  if (norm === null || earlier.length < when.afterAtLeast) {
    return `${earlier.length} earlier values are known, ${when.afterAtLeast} are needed to know what is usual`;
  }
  return `${own?.value ?? 0} is not unusual: ${askedFor(when, norm)}`;
}

function askedFor(when: WhenOf<'unusual'>, { median, spread }: Norm): string {
  const asks = [
    when.times === null ? '' : `${when.times} times`,
    when.spreads === null ? '' : `${when.spreads} spreads`,
  ].filter((text) => text !== '');
  return `usual is ${median} (spread ${spread}), asked for ${asks.join(' and ')} ${when.direction}`;
}

/** How many there are by now in the period of the event; too few are told when it ends. */
function periodProgress(when: WhenOf<'unusual'>, { before, after, moment }: Step): string {
  const rhythm = rhythmsOf(after).find(({ key }) => key === moment.key);
  if (after === before || rhythm === undefined) return 'it came again, or too late: it counts in no period';
  const place = placeAt(rhythm, moment.event.occurredAtMs);
  const so = `${rhythm.periods[place]?.count ?? 0} in its period${keyed(moment.key)}`;
  const earlier = countsBefore(rhythm.periods, place);
  const norm = normOf(earlier);
  if (norm === null || earlier.length < when.afterAtLeast) {
    return `${so}; ${earlier.length} earlier periods are known, ${when.afterAtLeast} are needed to know what is usual`;
  }
  return `${so}; ${askedFor(when, norm)}`;
}

function profileProgress(when: WhenOf<'profileChange'>, { before, moment }: Step): readonly string[] {
  const { scope } = moment;
  const { path, from, to } = when;
  const value = watchedValue(scope.profile, path);
  if (value === null) return [`profile.${path} is unknown`];
  const known = profileValueOf(before);
  const earlier = known?.path === path ? known.value : null;
  if (earlier === null) return [`profile.${path} is ${JSON.stringify(value)}, told for the first time: no change yet`];
  if (earlier === value) return [`profile.${path} is ${JSON.stringify(value)} as before`];
  const asItWas = { ...scope, ...rest(scope), profile: withValue(scope.profile, path, earlier) };
  return [
    `profile.${path} was ${JSON.stringify(earlier)} and is ${JSON.stringify(value)}`,
    ...(to === null ? [] : whyNot(to, scope)),
    ...(from === null ? [] : whyNot(from, asItWas).map((text) => `as it was before: ${text}`)),
  ];
}

/** A scope's fields may be computed when they are asked for: copied, they are values. */
const rest = ({ event = null, properties = null, segments = null, now = null }: EventMoment['scope']) => ({
  event,
  properties,
  segments,
  now,
});

function idleProgress({ before, after, moment }: Step): string {
  if (after.idle !== null && after.idle !== before.idle) return 'the customer was active: the clock begins anew';
  if (after.idle !== null) return 'later activity is known: the clock stays';
  const { event } = moment;
  return event.backfill
    ? 'history starts no clock'
    : 'it starts no clock: it is too old, or was settled by what came later';
}
