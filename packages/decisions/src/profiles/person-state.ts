import type { IdentifiedEvent } from '@kairos/contracts';
import type { ProfileState } from './profile-state.ts';

/** An old person: who it is now. Written once, and kept as an entry for ever. */
export interface MovedPerson {
  readonly movedTo: string;
  readonly movedAtMs: number;
}

/** A person who waits for the state of an old one, and what is known meanwhile. */
export interface AwaitingPerson {
  readonly profile: ProfileState | null;
  /** Source keys whose old state has not come. */
  readonly waits: readonly string[];
  /** Source keys whose old state came before the word that it would. */
  readonly early: readonly string[];
  /** Events of those source keys under this person's name, in order. */
  readonly held: readonly IdentifiedEvent[];
}

/** What enrich remembers of a person. */
export type PersonState = ProfileState | AwaitingPerson | MovedPerson;

export const isMoved = (state: PersonState | undefined): state is MovedPerson =>
  state !== undefined && 'movedTo' in state;

export const isAwaiting = (state: PersonState | undefined): state is AwaitingPerson =>
  state !== undefined && 'waits' in state;

/** The profile of a person; undefined when nothing is known, or the person has moved. */
export function profileOf(state: PersonState | undefined): ProfileState | undefined {
  if (state === undefined || isMoved(state)) return undefined;
  return isAwaiting(state) ? (state.profile ?? undefined) : state;
}

const NONE: AwaitingPerson = Object.freeze({ profile: null, waits: [], early: [], held: [] });

/** What a person waits for; nothing for most. */
export const awaitingOf = (state: PersonState | undefined): AwaitingPerson => (isAwaiting(state) ? state : NONE);

/** The state of a person: a plain profile again as soon as nothing is waited for. */
export function personState(
  profile: ProfileState | undefined,
  { waits, early, held }: Omit<AwaitingPerson, 'profile'>,
): PersonState | undefined {
  if (waits.length === 0 && early.length === 0 && held.length === 0) return profile;
  return { profile: profile ?? null, waits, early, held };
}
