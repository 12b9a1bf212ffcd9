import type { EnrichedEvent, IdentifiedEvent, PlanFault, ProfileChanged } from '@kairos/contracts';
import type { CompiledPlaybook, CompiledSegment } from '../compile-types.ts';
import { withComputed } from '../computed/index.ts';
import {
  type FailedDefinition,
  hasFailed,
  NONE_FAILED,
  noteThrown,
  takeFailure,
  withFailureOf,
} from '../conditions/failure.ts';
import type { ConditionScope } from '../conditions/types.ts';
import { PROFILE_SET } from '../profile-set.ts';
import { PROVIDER_NEWS } from '../provider-news.ts';
import { isSameList } from '../same-list.ts';
import { ChangedProfile } from './changed-profile.ts';
import { type ConsentInput, mergeConsent } from './consent.ts';
import { contactOf, tellsContact, zoneOf } from './contact.ts';
import { joinGroup } from './groups.ts';
import { isObject, own, parseObject } from './json.ts';
import { applyMoney, countEvent, MONEY_EVENTS } from './orders.ts';
import { PREFERENCES_STATED, withPreferences } from './preferences.ts';
import { ProfileNow } from './profile-now.ts';
import { draftOf, newProfile, type ProfileState } from './profile-state.ts';
import { surroundingsOf } from './surroundings.ts';
import { later } from './timed.ts';
import { ToldEvent, type ToldStanding } from './told-event.ts';
import { mergeTraits } from './traits.ts';
import { visitsOf, withVisitAt } from './visits.ts';

/** Zone of a person before any playbook says where the company is. */
const ZONE_WITHOUT_PLAYBOOK = 'UTC';

export interface EnrichResult {
  readonly state: ProfileState;
  readonly event: EnrichedEvent;
  readonly changed: Omit<ProfileChanged, 'origin'>;
  /** Segments that could not be evaluated, and computed traits that counted nothing. */
  readonly failed: readonly FailedDefinition[];
}

export interface EnrichAt {
  readonly playbook: CompiledPlaybook | undefined;
  /** How the event does not keep to the tracking plan. */
  readonly faults: readonly PlanFault[];
}

/**
 * Applies an event to the profile and its segments, then tells it with what live rules read. Order of the log decides
 * nothing that the events' own times can decide: first and last seen, traits, addresses and consent come out the same
 * however late an event arrives.
 */
export function enrich(
  state: ProfileState | undefined,
  identified: IdentifiedEvent,
  { playbook, faults }: EnrichAt,
): EnrichResult {
  const { personId, loggedAtMs } = identified;
  const known = state ?? newProfile(personId, identified.event.occurredAtMs);
  const folded = applyEvent(known, identified, playbook);
  const { state: next, told, changed, failed } = stand(folded.state, loggedAtMs, playbook);
  const allFailed = folded.failed.length === 0 ? failed : [...folded.failed, ...failed];
  return { state: next, event: new ToldEvent(identified, told, faults), changed, failed: allFailed };
}

/** How a person stands after something was folded in, and what of it is told to the stages behind. */
export interface Standing {
  readonly state: ProfileState;
  readonly told: ToldStanding;
  readonly changed: Omit<ProfileChanged, 'origin'>;
  /** Segments that could not be evaluated. */
  readonly failed: readonly FailedDefinition[];
}

/** Segments, zone and contact of a profile as folded, compared with what was told last. */
export function stand(folded: ProfileState, atMs: number, playbook: CompiledPlaybook | undefined): Standing {
  const zone = zoneOf(folded, playbook?.company.zone ?? ZONE_WITHOUT_PLAYBOOK);
  const now = new ProfileNow(folded, { zone, atMs, playbook });
  const { segments, failed } = segmentsOf(now, atMs, playbook);
  const hasNewContact = !tellsContact(folded.contact, folded, zone);
  const contact = hasNewContact ? contactOf(folded, zone) : folded.contact;
  const hasMoved = !isSameList(folded.segments, segments);
  return {
    // Most events move nobody: then there is nothing to copy.
    state: hasMoved || hasNewContact ? standingAs(folded, segments, contact) : folded,
    told: {
      now,
      segments,
      segmentsEntered: hasMoved ? segments.filter((id) => !folded.segments.includes(id)) : NO_SEGMENTS,
      segmentsLeft: hasMoved ? folded.segments.filter((id) => !segments.includes(id)) : NO_SEGMENTS,
      contact: hasNewContact ? contact : null,
    },
    changed: new ChangedProfile(folded, { now, segments, atMs }),
    failed,
  };
}

const NO_SEGMENTS: readonly string[] = [];

function standingAs(folded: ProfileState, segments: readonly string[], contact: ProfileState['contact']): ProfileState {
  const next = draftOf(folded);
  next.segments = segments;
  next.contact = contact;
  return next;
}

const IN_NO_SEGMENT = { segments: NO_SEGMENTS, failed: NONE_FAILED } as const;

function segmentsOf(
  profile: ProfileNow,
  now: number,
  playbook: CompiledPlaybook | undefined,
): Pick<Standing, 'failed'> & { readonly segments: readonly string[] } {
  takeFailure();
  if (playbook === undefined || playbook.models.length + playbook.segments.length === 0) return IN_NO_SEGMENT;
  const segments: string[] = [];
  let failed = NONE_FAILED;
  // Each sees those before it.
  const scope = { profile: profile.view, segments, now };
  for (const model of playbook.models) {
    const group = model.groupOf(scope);
    if (group !== null) segments.push(group);
    if (hasFailed()) failed = withFailureOf(model.definition, failed);
  }
  for (const segment of playbook.segments) {
    if (isMember(segment, scope)) segments.push(segment.definition.id);
    if (hasFailed()) failed = withFailureOf(segment.definition, failed);
  }
  return { segments, failed };
}

/** What throws has no members for now, and its neighbours are asked all the same. */
function isMember({ condition }: CompiledSegment, scope: ConditionScope): boolean {
  try {
    return condition.evaluate(scope);
  } catch (error) {
    noteThrown(error);
    return false;
  }
}

interface Applied {
  readonly state: ProfileState;
  /** Computed traits that could not be asked. */
  readonly failed: readonly FailedDefinition[];
}

function applyEvent(
  profile: ProfileState,
  { event, personId, loggedAtMs }: IdentifiedEvent,
  playbook: CompiledPlaybook | undefined,
): Applied {
  const atMs = event.occurredAtMs;
  const source = playbook?.sources.get(event.source);
  // Either may say that it is a browser: trust needs both.
  const isBrowser = event.sourceKind === 'browser' || source?.sourceKind === 'browser';
  const context = parseObject(event.context) ?? {};
  const traits = traitsOf(event, context);
  const concerned = playbook?.computed.byEvent.get(event.name);
  const needsProperties = concerned !== undefined || SPEAKING_EVENTS.has(event.name);
  const properties = needsProperties ? (parseObject(event.properties) ?? {}) : {};
  const consent: ConsentInput = {
    name: event.name,
    properties,
    traits,
    context,
    atMs,
    loggedAtMs,
    messageId: event.messageId,
    mayGrant: !isBrowser,
    source: event.source,
    sourceKind: event.sourceKind,
    assumed: playbook?.assumedConsent(event.source) ?? [],
  };
  let next = seen(profile, event, context);
  const mayAddress = !isBrowser || source?.trustBrowserEmail === true;
  next = mergeTraits(next, { traits: withOwnAddress(personId, traits), atMs, mayAddress });
  if (event.type === 'group') next = joinGroup(next, event);
  next = mergeConsent(next, consent);
  next = mergePreferences(next, own(traits, 'preferences'), atMs);
  if (event.name === PREFERENCES_STATED) next = mergePreferences(next, properties, atMs);
  if (MONEY_EVENTS.has(event.name)) next = applyMoney(next, { name: event.name, properties, atMs });
  if (concerned === undefined || playbook === undefined) return { state: next, failed: NONE_FAILED };
  const { computed, failed } = withComputed(
    next.computed,
    { event, properties, loggedAtMs },
    { concerned, meanings: playbook.computed.meanings },
  );
  const counted = draftOf(next);
  counted.computed = computed;
  return { state: counted, failed };
}

/** What was seen of the person, and where. */
function seen(
  profile: ProfileState,
  event: IdentifiedEvent['event'],
  context: Readonly<Record<string, unknown>>,
): ProfileState {
  const { name, anonymousId, occurredAtMs: atMs } = event;
  // What the house sets is no sign of life, and what a provider tells is no visit.
  const isSign = name !== PROFILE_SET;
  const isVisit = isSign && !PROVIDER_NEWS.has(name);
  const { zone, locale, country, device } = surroundingsOf(context);
  const next = draftOf(profile);
  if (isSign) {
    const { eventCount, counters } = countEvent(profile, name);
    next.eventCount = eventCount;
    next.counters = counters;
    next.firstSeenAtMs = Math.min(profile.firstSeenAtMs, atMs);
    if (anonymousId) next.anonymousId = later(profile.anonymousId, { value: anonymousId, atMs });
  }
  const visits = visitsOf(profile);
  next.visits = isVisit ? withVisitAt(visits, atMs) : visits;
  if (isVisit) next.lastSeenAtMs = Math.max(profile.lastSeenAtMs, atMs);
  if (zone !== null) next.contextZone = later(profile.contextZone, { value: zone, atMs });
  if (locale !== null) next.contextLocale = later(profile.contextLocale, { value: locale, atMs });
  const { contextCountry = null, device: known = null } = profile;
  next.contextCountry = country === null ? contextCountry : later(contextCountry, { value: country, atMs });
  next.device = device === null ? known : later(known, { value: device, atMs });
  return next;
}

function mergePreferences(profile: ProfileState, said: unknown, atMs: number): ProfileState {
  const preferences = withPreferences(profile.preferences, said, atMs);
  if (preferences === undefined || preferences === profile.preferences) return profile;
  const next = draftOf(profile);
  next.preferences = preferences;
  return next;
}

/** Events whose properties the profile reads. */
const SPEAKING_EVENTS: ReadonlySet<string> = new Set([
  ...MONEY_EVENTS,
  ...['Consent Given', 'Consent Withdrawn', 'Unsubscribed', PREFERENCES_STATED],
]);

/** What the event says of the person: traits of a group call are the group's, and `context.traits` rank below the event's own. */
function traitsOf(
  event: IdentifiedEvent['event'],
  context: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const said = event.type === 'group' ? {} : (parseObject(event.traits) ?? {});
  const ofContext = own(context, 'traits');
  return isObject(ofContext) ? { ...ofContext, ...said } : said;
}

/** A person who is known by an address is reached by it. */
function withOwnAddress(
  personId: string,
  traits: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (personId.startsWith('email:')) return { email: personId.slice('email:'.length), ...traits };
  if (personId.startsWith('phone:')) return { phone: personId.slice('phone:'.length), ...traits };
  if (personId.startsWith('card:')) return { cardNumber: personId.slice('card:'.length), ...traits };
  return traits;
}
