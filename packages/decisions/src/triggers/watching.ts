import type { EnrichedEvent } from '@kairos/contracts';
import type { CompiledTrigger } from '../compile-types.ts';
import type { Interest } from './concerned.ts';
import { leafOf } from './profile-value.ts';

/** Triggers that any event may concern, by what it brings and not by its name. */
export interface Watching {
  /** By the segment that is entered, or left. */
  readonly entered: ReadonlyMap<string, readonly Interest[]>;
  readonly left: ReadonlyMap<string, readonly Interest[]>;
  readonly readsSegmentChanges: boolean;
  /** By a value of the profile, whose name stands in the profile's text. */
  readonly values: readonly { readonly leaf: string; readonly interest: Interest }[];
  /** For whom it matters that the person's zone may be another one. */
  readonly contacts: readonly Interest[];
}

/** Null when there is none, and nothing is asked of an event but its name. */
export function watchingOf(
  triggers: readonly CompiledTrigger[],
  interestIn: (trigger: CompiledTrigger) => Interest | null,
): Watching | null {
  const entered = new Map<string, Interest[]>();
  const left = new Map<string, Interest[]>();
  const values: { leaf: string; interest: Interest }[] = [];
  const contacts: Interest[] = [];
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
export function withWatching(
  named: readonly Interest[],
  watching: Watching,
  event: EnrichedEvent,
): readonly Interest[] {
  const found = watchersOf(watching, event);
  if (found === null) return named;
  const all = new Map(named.map((interest) => [interest.trigger, interest]));
  for (const { trigger, startsByAny, pausedByAny } of found) {
    const known = all.get(trigger);
    all.set(
      trigger,
      known === undefined ? { ...NOTHING, trigger, startsByAny, pausedByAny } : { ...known, startsByAny, pausedByAny },
    );
  }
  return [...all.values()].sort((a, b) => (a.trigger.definition.id < b.trigger.definition.id ? -1 : 1));
}

const NOTHING = {
  cancels: [],
  goals: [],
  starts: [],
  suspends: [],
  resumes: [],
  startsByAny: false,
  pausedStarts: [],
  pausedByAny: false,
} as const;

/** Null, and nothing made, for an event that brings none of it. */
function watchersOf(
  watching: Watching,
  { segmentsEntered, segmentsLeft, profile, contact }: EnrichedEvent,
): Interest[] | null {
  let found: Interest[] | null = null;
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

const added = (found: Interest[] | null, more: readonly Interest[] | undefined): Interest[] | null =>
  more === undefined ? found : [...(found ?? []), ...more];
