import {
  type EnrichedRecord,
  type EventRefused,
  type IdentifiedEvent,
  type IdentifiedRecord,
  identifiedRecord,
  KairosError,
  type PersonLink,
  type PersonMerge,
  type ProfileChanged,
} from '@kairos/contracts';
import type { CompiledPlaybook } from '../compile-types.ts';
import { type FailedDefinition, NONE_FAILED } from '../conditions/failure.ts';
import { checkEvent, type PlanVerdict } from '../tracking/index.ts';
import { enrich, type Standing, stand } from './enrich.ts';
import { mergeProfile, renamedProfile } from './merge-profile.ts';
import { moveBetween } from './move.ts';
import {
  type AwaitingPerson,
  awaitingOf,
  isAwaiting,
  isMoved,
  type MovedPerson,
  type PersonState,
  personState,
  profileOf,
} from './person-state.ts';
import type { ProfileState } from './profile-state.ts';

/** What enrich says, in order: a record of the person's story, or the profile as it stands. */
export type Said =
  | { readonly kind: 'story'; readonly body: Partial<EnrichedRecord> }
  | {
      readonly kind: 'profile';
      readonly changed: Omit<ProfileChanged, 'origin'>;
      /** Segments that could not be evaluated: they count as not true. */
      readonly failed: readonly FailedDefinition[];
    };

export interface EnrichStep {
  readonly state: PersonState | undefined;
  readonly said: readonly Said[];
  /** The event took no effect and is set aside; what was said of it is among `said`. */
  readonly refused?: EventRefused;
}

/** Old persons that a record may pass through. Chains this long mean that something links without end. */
const MAX_HOPS = 8;

/** The person that a record of the door is about; undefined for ticks, markers and bodies of a newer writer. */
export function personOfIdentified(record: IdentifiedRecord): string | undefined {
  return (record.event ?? record.feedback ?? record.link ?? record.expect ?? record.merge ?? record.contactMove)
    ?.personId;
}

/**
 * One step of a person's log. A person who has moved keeps nothing but the pointer: what comes for the old name goes on to
 * the new one, by the one producer that sends it (the detector), so that nothing overtakes the state.
 */
export function enrichRecord(
  state: PersonState | undefined,
  record: IdentifiedRecord,
  playbook: CompiledPlaybook | undefined,
): EnrichStep {
  if (record.link !== null) return onLink(state, record.link, record);
  if (isMoved(state))
    return { state, said: [forward(record, { ...state, personId: personOfIdentified(record) ?? '' })] };
  if (record.event !== null) return onEvent(state, record.event, playbook);
  if (record.feedback !== null) return { state, said: [{ kind: 'story', body: { feedback: record.feedback } }] };
  if (record.expect !== null) return onExpect(state, record.expect);
  if (record.merge !== null) return onMerge(state, record.merge, playbook);
  if (record.contactMove !== null)
    return { state, said: [{ kind: 'story', body: { contactMove: record.contactMove } }] };
  return { state, said: [] };
}

// ---- an old person ----------------------------------------------------------------------------------------------------

/** The first link writes the pointer and sends the state away; a later one says that two others are one. */
function onLink(state: PersonState | undefined, link: PersonLink, record: IdentifiedRecord): EnrichStep {
  const { personId, to, hold } = link;
  if (to === personId) return { state, said: [] };
  if (!isMoved(state)) return moveAway(state, link);
  const move = moveBetween(state.movedTo, to);
  if (move !== null) {
    const next = { ...link, personId: move.from, to: move.to };
    return { state, said: [throughDoor(personId, move.from, { ...record, link: next })] };
  }
  if (hold === null) return { state, said: [] };
  // The state has gone before: whoever was told to wait for it would wait for ever.
  const { linkedAtMs } = link;
  const released: PersonMerge = { ...NO_STATE, personId: hold.personId, fromPersonId: personId, linkedAtMs, hold };
  return { state, said: [throughDoor(personId, hold.personId, { ...record, link: null, merge: released })] };
}

const NO_STATE: PersonMerge = {
  personId: '',
  fromPersonId: '',
  linkedAtMs: 0,
  hold: null,
  profile: null,
  waits: [],
  early: [],
  held: '[]',
  patterns: null,
  contactFollows: false,
};

function moveAway(state: Exclude<PersonState, MovedPerson> | undefined, link: PersonLink): EnrichStep {
  const { personId, to, linkedAtMs, hold } = link;
  const profile = profileOf(state);
  const { waits, early, held } = awaitingOf(state);
  const merge: PersonMerge = {
    personId: to,
    fromPersonId: personId,
    linkedAtMs,
    hold,
    profile: profile === undefined ? null : JSON.stringify(profile),
    waits,
    early,
    held: JSON.stringify(held),
    patterns: null,
    contactFollows: state !== undefined,
  };
  const said: Said[] = [{ kind: 'story', body: { moved: { personId, to, merge } } }];
  if (profile !== undefined) {
    const changed = { personId, profile: '{}', segments: [], changedAtMs: linkedAtMs, movedTo: to };
    said.push({ kind: 'profile', changed, failed: NONE_FAILED });
  }
  return { state: { movedTo: to, movedAtMs: linkedAtMs }, said };
}

/** The record under its new name, handed to the detector. */
function forward(record: IdentifiedRecord, { personId, movedTo }: MovedPerson & { readonly personId: string }): Said {
  const to = movedTo;
  const { event, feedback, expect, merge, contactMove } = record;
  return throughDoor(personId, to, {
    ...record,
    event: event && { ...event, personId: to },
    feedback: feedback && { ...feedback, personId: to },
    expect: expect && { ...expect, personId: to },
    merge: merge && { ...merge, personId: to },
    contactMove: contactMove && { ...contactMove, personId: to },
  });
}

function throughDoor(personId: string, to: string, record: IdentifiedRecord): Said {
  const hops = (record.forwarded?.hops ?? 0) + 1;
  if (hops > MAX_HOPS) {
    throw new KairosError('TOO_MANY_HOPS', `passed on ${MAX_HOPS} times and still not at its person`, {
      field: 'forwarded.hops',
    });
  }
  const { origin: _, ...bodies } = identifiedRecord({ ...record, forwarded: { hops, fromPersonId: personId } });
  const present = Object.fromEntries(Object.entries(bodies).filter(([, body]) => body !== null));
  return { kind: 'story', body: { door: { personId, to, record: JSON.stringify(present) } } };
}

// ---- the person that it is now ----------------------------------------------------------------------------------------

function onEvent(
  state: Exclude<PersonState, MovedPerson> | undefined,
  event: IdentifiedEvent,
  playbook: CompiledPlaybook | undefined,
): EnrichStep {
  const verdict = verdictOn(event, playbook);
  if (verdict.isRefused) return refuse(state, event, verdict);
  if (!isAwaiting(state)) return take(state, event, { playbook, verdict });
  // What identify sent here waits until the old state has come; what came by way of the old person came behind it.
  if (event.sentBy !== null && state.waits.includes(event.sentBy)) {
    return { state: { ...state, held: [...state.held, event] }, said: [] };
  }
  const step = take(state.profile ?? undefined, event, { playbook, verdict });
  return { state: { ...state, profile: step.state }, said: step.said };
}

const verdictOn = ({ event }: IdentifiedEvent, playbook: CompiledPlaybook | undefined): PlanVerdict =>
  checkEvent(playbook?.tracking ?? null, event, playbook?.sources.get(event.source));

/** The person's story tells that there was an event, and nothing of what it said. */
function refuse(
  state: PersonState | undefined,
  { personId, loggedAtMs, event }: IdentifiedEvent,
  { faults }: PlanVerdict,
): EnrichStep {
  const { messageId, name, source, occurredAtMs } = event;
  const refused: EventRefused = { personId, messageId, name, source, occurredAtMs, loggedAtMs, faults };
  return { state, said: [{ kind: 'story', body: { refused } }], refused };
}

function take(
  profile: ProfileState | undefined,
  event: IdentifiedEvent,
  { playbook, verdict }: { readonly playbook: CompiledPlaybook | undefined; readonly verdict: PlanVerdict },
): { readonly state: ProfileState; readonly said: readonly Said[] } {
  const result = enrich(profile, event, { playbook, faults: verdict.faults });
  return {
    state: result.state,
    said: [
      { kind: 'story', body: { event: result.event } },
      { kind: 'profile', changed: result.changed, failed: result.failed },
    ],
  };
}

const waitingFor = (personId: string, keys: number): Said => ({ kind: 'story', body: { waiting: { personId, keys } } });

function onExpect(
  state: Exclude<PersonState, MovedPerson> | undefined,
  { personId, key }: NonNullable<IdentifiedRecord['expect']>,
): EnrichStep {
  const profile = profileOf(state);
  const awaiting = awaitingOf(state);
  if (awaiting.early.includes(key)) {
    return { state: personState(profile, { ...awaiting, early: without(awaiting.early, key) }), said: [] };
  }
  const waits = [...awaiting.waits, key];
  return { state: personState(profile, { ...awaiting, waits }), said: [waitingFor(personId, waits.length)] };
}

/** All but the first of its kind. */
function without(list: readonly string[], item: string): readonly string[] {
  const at = list.indexOf(item);
  return at < 0 ? list : list.toSpliced(at, 1);
}

/**
 * The old state has come: it is folded in, and then, in order, what waited for it. `expect` and `merge` of a source key end
 * each other, whichever comes first.
 */
function onMerge(
  state: Exclude<PersonState, MovedPerson> | undefined,
  merge: PersonMerge,
  playbook: CompiledPlaybook | undefined,
): EnrichStep {
  const { personId } = merge;
  const before = awaitingOf(state);
  const { go, ...awaiting } = closeWaits(before, merge);
  const merged = foldIn(profileOf(state), merge, playbook);
  const said = [...merged.said];
  let profile = merged.profile;
  for (const event of go) {
    // It was let in when it came; a plan that is stricter by now marks it, and does not take it back.
    const step = take(profile, { ...event, personId }, { playbook, verdict: verdictOn(event, playbook) });
    profile = step.state;
    said.push(...step.said);
  }
  if (before.waits.length > 0 || awaiting.waits.length > 0) {
    said.push(waitingFor(personId, awaiting.waits.length));
  }
  return { state: personState(profile, awaiting), said };
}

interface Closed extends Omit<AwaitingPerson, 'profile'> {
  /** Held until now, in order. */
  readonly go: readonly IdentifiedEvent[];
}

function closeWaits(before: AwaitingPerson, { hold, waits: ofOld, early: earlyOfOld, held }: PersonMerge): Closed {
  let waits: readonly string[] = [...before.waits, ...ofOld];
  let early: readonly string[] = [...before.early, ...earlyOfOld];
  if (hold !== null) {
    if (waits.includes(hold.key)) waits = without(waits, hold.key);
    else early = [...early, hold.key];
  }
  for (const key of early) {
    if (!waits.includes(key)) continue;
    waits = without(waits, key);
    early = without(early, key);
  }
  const all = [...before.held, ...(JSON.parse(held) as readonly IdentifiedEvent[])];
  const stays = (event: IdentifiedEvent): boolean => event.sentBy !== null && waits.includes(event.sentBy);
  return { waits, early, held: all.filter(stays), go: all.filter((event) => !stays(event)) };
}

interface FoldedIn {
  readonly profile: ProfileState | undefined;
  readonly said: readonly Said[];
}

const STANDS_NOWHERE = { now: undefined, segments: [], segmentsEntered: [], segmentsLeft: [], contact: null };

/** Profile and consent of the old person, and word of it to the stages behind. */
function foldIn(known: ProfileState | undefined, merge: PersonMerge, playbook: CompiledPlaybook | undefined): FoldedIn {
  const { personId, fromPersonId, linkedAtMs, patterns, contactFollows } = merge;
  if (merge.profile === null && patterns === null && !contactFollows) return { profile: known, said: [] };
  const old = merge.profile === null ? undefined : (JSON.parse(merge.profile) as ProfileState);
  const folded =
    old === undefined ? known : known === undefined ? renamedProfile(personId, old) : mergeProfile(known, old);
  const standing: Standing | undefined = folded === undefined ? undefined : stand(folded, linkedAtMs, playbook);
  const { now, ...told } = standing?.told ?? STANDS_NOWHERE;
  const profile = now?.toldWith(told.segments) ?? '{}';
  const merged = { personId, fromPersonId, linkedAtMs, profile, ...told, patterns, contactFollows };
  const said: Said[] = [{ kind: 'story', body: { merged } }];
  if (standing !== undefined) said.push({ kind: 'profile', changed: standing.changed, failed: standing.failed });
  return { profile: standing?.state, said };
}
