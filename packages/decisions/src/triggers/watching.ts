import type { EnrichedEvent } from '@kairos/contracts';
import type { CompiledTrigger } from '../compile-types.ts';
import { leafOf } from './profile-value.ts';

/** What is known of a trigger once an event turns out to concern it. */
interface Watcher {
  readonly trigger: CompiledTrigger;
  readonly startsByAny: boolean;
  readonly pausedByAny: boolean;
}

/** Triggers that any event may concern, by what it brings and not by its name. */
export interface Watching<W extends Watcher> {
  /** By the segment that is entered, or left. */
  readonly entered: ReadonlyMap<string, readonly W[]>;
  readonly left: ReadonlyMap<string, readonly W[]>;
  readonly readsSegmentChanges: boolean;
  /** By a value of the profile, whose name stands in the profile's text. */
  readonly values: readonly { readonly leaf: string; readonly interest: W }[];
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
  const values: { leaf: string; interest: W }[] = [];
  const contacts: W[] = [];
  for (const trigger of triggers) {
    const { when } = trigger;
    const interest = interestIn(trigger);
    if (interest === null) continue;
    if (when.type === 'segment') {
      const bySegment = when.change === 'enters' ? entered : left;
      bySegment.set(when.segment, [...(bySegment.get(when.segment) ?? []), interest]);
    }
    if (when.type === 'profileChange') values.push({ leaf: leafOf(when.path), interest });
    if (when.type === 'date' && when.of === 'profile') values.push({ leaf: leafOf(when.path), interest });
    if (when.type === 'date' && when.of === 'properties') contacts.push(interest);
  }
  const readsSegmentChanges = entered.size + left.size > 0;
  if (!readsSegmentChanges && values.length === 0 && contacts.length === 0) return null;
  return { entered, left, readsSegmentChanges, values, contacts };
}

/** The triggers that an event concerns by its name, and those that it concerns by what it brings. */
export function withWatching<W extends Watcher>(
  named: readonly W[],
  watching: Watching<W>,
  event: EnrichedEvent,
): readonly W[] {
  const found = watchersOf(watching, event);
  if (found === null) return named;
  const all = new Map(named.map((interest) => [interest.trigger, interest]));
  for (const one of found) {
    const { trigger, startsByAny, pausedByAny } = one;
    const known = all.get(trigger);
    all.set(trigger, known === undefined ? one : { ...known, startsByAny, pausedByAny });
  }
  return [...all.values()].sort((a, b) => (a.trigger.definition.id < b.trigger.definition.id ? -1 : 1));
}

/** Null, and nothing made, for an event that brings none of it. */
function watchersOf<W extends Watcher>(
  watching: Watching<W>,
  { segmentsEntered, segmentsLeft, profile, contact }: EnrichedEvent,
): W[] | null {
  let found: W[] | null = null;
  if (watching.readsSegmentChanges) {
    for (const id of segmentsEntered) found = added(found, watching.entered.get(id));
    for (const id of segmentsLeft) found = added(found, watching.left.get(id));
  }
  for (const { leaf, interest } of watching.values) {
    if (!profile.includes(leaf)) continue;
    found ??= [];
    found.push(interest);
  }
  return contact === null || watching.contacts.length === 0 ? found : added(found, watching.contacts);
}

const added = <W>(found: W[] | null, more: readonly W[] | undefined): W[] | null =>
  more === undefined ? found : [...(found ?? []), ...more];
