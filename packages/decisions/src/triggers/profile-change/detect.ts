import type { CompiledWhen } from '../../compile-types.ts';
import { parseObject } from '../../profiles/json.ts';
import type { Pair } from '../merge-types.ts';
import { type Watched, watchedValue, withValue } from '../profile-value.ts';
import { startNow } from '../start-now.ts';
import { EMPTY_TRIGGER, type Own, type TriggerState } from '../state.ts';
import type { EventMoment, TriggerType, TypeStep } from '../trigger-type.ts';
import { profileChangeSpec } from './spec.ts';

type ProfileChangeWhen = Extract<CompiledWhen, { type: 'profileChange' }>;

/** The last value that was known. It is kept as long as the person is: without it no change could be told. */
interface ProfileChangeOwn extends Own {
  readonly type: 'profileChange';
  readonly untilMs: null;
  readonly path: string;
  readonly value: Watched;
  /** Log time at which it was first seen. */
  readonly sinceMs: number;
}

export const ownOf = ({ own }: TriggerState): ProfileChangeOwn | null =>
  own?.type === 'profileChange' ? (own as ProfileChangeOwn) : null;

/** What is remembered when a value is told, and nothing else. */
export const firstSight = (seen: Pick<ProfileChangeOwn, 'path' | 'value' | 'sinceMs'>): TriggerState => ({
  ...EMPTY_TRIGGER,
  own: ownWith(seen),
});

const ownWith = ({ path, value, sinceMs }: Pick<ProfileChangeOwn, 'path' | 'value' | 'sinceMs'>): ProfileChangeOwn => ({
  type: 'profileChange',
  untilMs: null,
  path,
  value,
  sinceMs,
});

function start(state: TriggerState, moment: EventMoment): TypeStep {
  const { when } = moment.trigger;
  if (when.type !== 'profileChange') return { state, facts: [] };
  const { path } = when;
  const value = watchedValue(moment.scope.profile, path);
  const known = ownOf(state);
  // A definition that watches another value begins anew.
  const before = known?.path === path ? known.value : null;
  if (value === null || value === before) return { state, facts: [] };
  const next: TriggerState = { ...state, own: ownWith({ path, value, sinceMs: moment.event.loggedAtMs }) };
  if (before === null || !isMeant(when, moment, before)) return { state: next, facts: [] };
  return startNow(next, moment, { more: { changed: `profile.${path}`, from: before, to: value } });
}

/** `from` sees the profile with the value as it was, `to` as it is. */
function isMeant({ path, from, to }: ProfileChangeWhen, { scope }: EventMoment, before: Watched): boolean {
  if (to !== null && !to.evaluate(scope)) return false;
  if (from === null) return true;
  const { event = null, properties = null, profile, segments = null, now = null } = scope;
  return from.evaluate({ event, properties, profile: withValue(profile, path, before), segments, now });
}

/** The value of the profile that the two make together; where it is not known, the one that was seen last. */
function mergeOwn({ into, from, trigger, at }: Pair): Own | null {
  const [a, b] = [ownOf(into), ownOf(from)];
  const path = trigger?.when.type === 'profileChange' ? trigger.when.path : null;
  const value = path === null ? null : watchedValue(parseObject(at.profile), path);
  if (path !== null && value !== null) {
    return ownWith({ path, value, sinceMs: at.linkedAtMs });
  }
  if (a === null || b === null) return a ?? b;
  const isLater = a.sinceMs > b.sinceMs || (a.sinceMs === b.sinceMs && String(a.value) >= String(b.value));
  return isLater ? a : b;
}

/** A value of the profile becomes another one. Nothing ever waits. */
export const profileChangeTrigger: TriggerType = {
  spec: profileChangeSpec,
  start,
  /** What is known stays known: what cancels takes back what was proposed. */
  cancel: (state) => state,
  cancelWindowMs: ({ definition }) => definition.expiresAfterMs,
  dueAtMs: () => undefined,
  dueItems: () => [],
  fire: (state) => ({ state, facts: [] }),
  drop: (state) => ({ state, armedBy: '' }),
  mergeOwn,
};
