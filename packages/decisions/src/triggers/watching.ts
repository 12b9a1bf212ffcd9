import type { EnrichedEvent } from '@kairos/contracts';
import type { CompiledTrigger } from '../compile-types.ts';
import { hashId } from '../hash-id.ts';
import { own, parseObject } from '../profiles/json.ts';
import type { DetectState } from './detect-state.ts';
import { leafOf, watchedValue } from './profile-value.ts';

/** What is known of a trigger once an event turns out to concern it. */
interface Watcher {
  readonly trigger: CompiledTrigger;
  readonly startsByAny: boolean;
  readonly pausedByAny: boolean;
}

/** A value of the profile that triggers watch. */
interface WatchedPath<W> {
  readonly path: string;
  /** Its last name, as it stands in the profile's text. */
  readonly leaf: string;
  readonly interests: readonly W[];
}

/** Triggers that any event may concern, by what it brings and not by its name. */
export interface Watching<W extends Watcher> {
  /** By the segment that is entered, or left. */
  readonly entered: ReadonlyMap<string, readonly W[]>;
  readonly left: ReadonlyMap<string, readonly W[]>;
  readonly readsSegmentChanges: boolean;
  readonly values: readonly WatchedPath<W>[];
  /** Those who reckon in the person's zone. */
  readonly ofZone: readonly W[];
  /** Names all of `values`, by their definitions and what these hang on; '' when there are none. */
  readonly name: string;
  /** For whom it matters that the person's zone may be another one. */
  readonly contacts: readonly W[];
}

/** Null when there is none, and nothing is asked of an event but its name. */
export function watchingOf<W extends Watcher>(
  triggers: readonly CompiledTrigger[],
  interestIn: (trigger: CompiledTrigger) => W | null,
): Watching<W> | null {
  const entered = new Map<string, W[]>();
  const left = new Map<string, W[]>();
  const paths = new Map<string, W[]>();
  const contacts: W[] = [];
  const ofZone: W[] = [];
  for (const trigger of triggers) {
    const { when } = trigger;
    const interest = interestIn(trigger);
    if (interest === null) continue;
    if (when.type === 'segment') push(when.change === 'enters' ? entered : left, when.segment, interest);
    if (when.type === 'profileChange') push(paths, when.path, interest);
    if (when.type === 'date' && when.of === 'profile') {
      push(paths, when.path, interest);
      ofZone.push(interest);
    }
    if (when.type === 'date' && when.of === 'properties') contacts.push(interest);
  }
  const readsSegmentChanges = entered.size + left.size > 0;
  if (!readsSegmentChanges && paths.size === 0 && contacts.length === 0) return null;
  const values = [...paths].map(([path, interests]) => ({ path, leaf: leafOf(path), interests }));
  return { entered, left, readsSegmentChanges, values, ofZone, name: nameOf(values), contacts };
}

function push<W>(lists: Map<string, W[]>, key: string, value: W): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [value]);
  else known.push(value);
}

const NAME_LENGTH = 13;

function nameOf(values: readonly WatchedPath<Watcher>[]): string {
  if (values.length === 0) return '';
  const parts = values.flatMap(({ interests }) =>
    interests.map(({ trigger: { definition, when } }) => {
      const zone = when.type === 'date' ? when.companyZone : '';
      return `${definition.id} ${definition.version} ${zone}`;
    }),
  );
  return hashId('watching', ...parts).slice(0, NAME_LENGTH);
}

/** The triggers that an event concerns by its name, and those that it concerns by what it brings. */
export function together<W extends Watcher>(named: readonly W[], found: readonly W[]): readonly W[] {
  const all = new Map(named.map((interest) => [interest.trigger, interest]));
  for (const one of found) {
    const { trigger, startsByAny, pausedByAny } = one;
    const known = all.get(trigger);
    all.set(trigger, known === undefined ? one : { ...known, startsByAny, pausedByAny });
  }
  return [...all.values()].sort((a, b) => (a.trigger.definition.id < b.trigger.definition.id ? -1 : 1));
}

/**
 * Those that an event concerns by what it brings. A value of the profile that stands as it was remembered, seen by the same
 * watchers, concerns nobody. Null, and nothing made, for an event that brings none of it.
 */
export function watchersOf<W extends Watcher>(
  watching: Watching<W>,
  event: EnrichedEvent,
  state: DetectState | undefined,
): W[] | null {
  let found: W[] | null = null;
  if (watching.readsSegmentChanges) {
    for (const id of event.segmentsEntered) found = added(found, watching.entered.get(id));
    for (const id of event.segmentsLeft) found = added(found, watching.left.get(id));
  }
  if (watching.name !== '') found = added(found, ofValues(watching, event.profile, state) ?? undefined);
  return event.contact === null || watching.contacts.length === 0 ? found : added(found, watching.contacts);
}

function ofValues<W extends Watcher>(
  { values, ofZone, name }: Watching<W>,
  profile: string,
  state: DetectState | undefined,
): W[] | null {
  let found: W[] | null = null;
  if (state === undefined || state.watchedBy !== name) {
    for (const { leaf, interests } of values) if (profile.includes(leaf)) found = added(found, interests);
    return found;
  }
  if (state.profile === profile) return found;
  const [was, is] = [parseObject(state.profile), parseObject(profile)];
  for (const { path, interests } of values) {
    if (watchedValue(was, path) !== watchedValue(is, path)) found = added(found, interests);
  }
  return own(was, 'zone') === own(is, 'zone') ? found : added(found, ofZone);
}

const added = <W>(found: W[] | null, more: readonly W[] | undefined): W[] | null =>
  more === undefined ? found : [...(found ?? []), ...more];
