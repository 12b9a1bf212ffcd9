import type { EnrichedEvent, EnrichedRecord, Feedback } from '@kairos/contracts';
import type { CompiledPlaybook } from '../compile-types.ts';
import { detect, detectDueAtMs, detectFeedback, detectTime, mergeDetect } from '../journeys/detect.ts';
import { journeysOf } from '../journeys/journey-states.ts';
import { parseObject } from '../profiles/json.ts';
import type { DetectState } from '../triggers/detect-state.ts';
import { zoneOfScope } from '../triggers/person-zone.ts';
import type { Fact } from '../triggers/trigger-type.ts';
import { type AwaitingDetectState, detectWaits, withDetectWaits } from '../triggers/waiting.ts';
import { journeySays } from './journey-says.ts';
import { looksAt } from './look.ts';
import { looksAtTime } from './look-time.ts';
import { pendingOf } from './pending.ts';
import type { TraceEntry } from './types.ts';

/** One person whose log is read again: what the detector remembers of them, and where they live. */
export interface Followed {
  readonly state: AwaitingDetectState | undefined;
  /** IANA zone; null until an event told it. */
  readonly zone: string | null;
}

/** Where in the log a record stands, as the detector knew it. */
export interface FollowAt {
  /** undefined before the first activation. */
  readonly playbook: CompiledPlaybook | undefined;
  /** Watermark, UTC ms; -1 before there is time. */
  readonly timeMs: number;
  readonly traceparent: string | null;
}

export interface FollowStep {
  readonly followed: Followed;
  /** What the detector said; the same facts in the same order. */
  readonly facts: readonly Fact[];
  /** null = nothing that anybody would want to see. */
  readonly entry: TraceEntry | null;
}

export const NOBODY_YET: Followed = Object.freeze({ state: undefined, zone: null });

/**
 * Folds a record of the person's log (`events.enriched`, this person's key) through the code that decides, and says beside
 * it how each trigger looked. Records of time go through `followTime`, activations through `followPlaybook`.
 */
export function followRecord(followed: Followed, record: EnrichedRecord, at: FollowAt): FollowStep {
  if (record.event !== null) return onEvent(followed, record.event, at);
  if (record.feedback !== null) return onFeedback(followed, record.feedback, at);
  if (record.moved !== null) {
    const { personId, to, merge } = record.moved;
    const says = [`${personId} is ${to} from here on: what waited goes there`];
    return aside({ ...followed, state: undefined }, at, { kind: 'moved', title: to, atMs: merge.linkedAtMs, says });
  }
  if (record.merged !== null) return onMerged(followed, record.merged, at);
  if (record.waiting !== null) return onWaiting(followed, record.waiting.keys, at);
  return { followed, facts: [], entry: null };
}

/** Keeps what is waited for through whatever else is remembered, as the detector does. */
function awaiting(before: AwaitingDetectState | undefined, state: DetectState | undefined) {
  const waits = detectWaits(before);
  return waits === 0 ? state : withDetectWaits(state, waits);
}

function onEvent(followed: Followed, event: EnrichedEvent, at: FollowAt): FollowStep {
  const { playbook, timeMs, traceparent } = at;
  const zone = zoneOf(event.profile, playbook, followed.zone);
  const about = {
    kind: 'event',
    title: event.name,
    atMs: event.loggedAtMs,
    occurredAtMs: event.occurredAtMs,
    messageId: event.messageId,
  } as const;
  if (playbook === undefined) {
    const says = ['no playbook was active yet'];
    return aside({ ...followed, zone }, at, { ...about, says });
  }
  const before = followed.state;
  const { state, facts } = detect(before, event, { playbook, timeMs, traceparent });
  const next: Followed = { state: awaiting(before, state), zone };
  const met = { before, facts, at: { playbook, timeMs, traceparent }, zone: zone ?? playbook.company.zone };
  const { looks, notConcerned } = looksAt(event, met);
  const says = journeySays(facts, journeysOf(before?.journeys), met.zone);
  return aside(next, at, { ...about, says, looks, notConcerned, facts });
}

function onFeedback(followed: Followed, feedback: Feedback, at: FollowAt): FollowStep {
  const before = followed.state;
  const { state, facts } = detectFeedback(before, feedback, at);
  const { kind, fate, code, messageId, channel, triggerId } = feedback;
  const by = channel === null ? '' : ` by ${channel}`;
  const why = code === null ? '' : `, ${code}`;
  const title = `${messageId} ${kind === 'decided' ? 'was' : 'hand-over'} ${fate}${by}${why}`;
  const says = [`proposed by ${triggerId}`, ...journeySays(facts, journeysOf(before?.journeys), zoneAt(followed, at))];
  const next = { ...followed, state: awaiting(before, state) };
  return aside(next, at, { kind: 'feedback', title, atMs: feedback.atMs, says, facts });
}

function onMerged(followed: Followed, merged: NonNullable<EnrichedRecord['merged']>, at: FollowAt): FollowStep {
  const { personId, fromPersonId, linkedAtMs, profile, segments, patterns } = merged;
  const from = patterns === null ? null : (JSON.parse(patterns) as DetectState);
  const before = followed.state;
  const { playbook, timeMs } = at;
  const { state, facts } = mergeDetect(before, from, { personId, playbook, timeMs, linkedAtMs, profile, segments });
  const next = { state: awaiting(before, state), zone: zoneOf(profile, playbook, followed.zone) };
  const what = from === null ? 'nothing waited there' : 'what waited there waits here';
  const says = [what, ...journeySays(facts, journeysOf(before?.journeys), zoneAt(next, at)), ...withdrawalsIn(facts)];
  return aside(next, at, { kind: 'merged', title: fromPersonId, atMs: linkedAtMs, says, facts });
}

const withdrawalsIn = (facts: readonly Fact[]): readonly string[] =>
  facts.flatMap((fact) => (fact.kind === 'withdrawn' ? [`takes a proposal back: ${fact.withdrawal.code}`] : []));

function onWaiting(followed: Followed, keys: number, at: FollowAt): FollowStep {
  const next = { ...followed, state: withDetectWaits(followed.state, keys) };
  const says = [keys === 0 ? 'timers go on' : `timers wait until the story of ${keys} older id(s) has come`];
  return aside(next, at, { kind: 'waiting', title: keys === 0 ? 'waits no more' : 'waits', atMs: at.timeMs, says });
}

/** When time must reach this person; undefined = nothing is due, however far time goes. */
export const followedDueAtMs = ({ state }: Followed): number | undefined =>
  state === undefined || detectWaits(state) > 0 ? undefined : detectDueAtMs(state);

/** Time moved on to `at.timeMs`. */
export function followTime(followed: Followed, personId: string, at: FollowAt): FollowStep {
  const before = followed.state;
  const dueAtMs = followedDueAtMs(followed);
  if (before === undefined || dueAtMs === undefined || dueAtMs > at.timeMs) return { followed, facts: [], entry: null };
  const { state, facts } = detectTime(before, personId, at);
  const next = { ...followed, state };
  if (facts.length === 0) return { followed: next, facts, entry: null };
  const zone = zoneAt(followed, at);
  const looks = looksAtTime(at.timeMs, {
    before,
    facts,
    at: at.playbook === undefined ? {} : { playbook: at.playbook },
    zone,
  });
  const says = journeySays(facts, journeysOf(before.journeys), zone);
  return aside(next, at, { kind: 'time', title: 'time has come', atMs: at.timeMs, says, looks, facts });
}

/** Another playbook is active from here on. */
export function followPlaybook(followed: Followed, at: FollowAt): FollowStep {
  const { playbook } = at;
  const says = playbook === undefined ? [] : [`${playbook.triggers.size} live triggers`];
  const title = `playbook ${playbook?.version.slice(0, 12) ?? 'unknown'}`;
  return aside(followed, at, { kind: 'playbook', title, atMs: at.timeMs, says });
}

/** What waits now. */
export const followedPending = (followed: Followed, playbook: CompiledPlaybook | undefined) =>
  pendingOf(followed.state, playbook);

type About = Pick<TraceEntry, 'kind' | 'title' | 'atMs' | 'says'> & {
  readonly looks?: TraceEntry['looks'];
  readonly notConcerned?: number;
  readonly facts?: readonly Fact[];
  readonly occurredAtMs?: number;
  readonly messageId?: string;
};

function aside(followed: Followed, at: FollowAt, about: About): FollowStep {
  const { facts = [], looks = [], notConcerned = 0, occurredAtMs = null, messageId = null, kind, title, atMs } = about;
  const entry: TraceEntry = {
    kind,
    atMs,
    title,
    occurredAtMs,
    messageId,
    playbookVersion: at.playbook?.version ?? '',
    looks,
    notConcerned,
    says: about.says,
    pending: pendingOf(followed.state, at.playbook),
    zone: zoneAt(followed, at),
  };
  return { followed, facts, entry };
}

const zoneAt = (followed: Followed, { playbook }: FollowAt): string => followedZone(followed, playbook);

/** By whose clock times are shown: where the person lives, or else the company's. */
export const followedZone = ({ zone }: Followed, playbook: CompiledPlaybook | undefined): string =>
  zone ?? playbook?.company.zone ?? 'Etc/UTC';

function zoneOf(profile: string, playbook: CompiledPlaybook | undefined, known: string | null): string | null {
  if (playbook === undefined) return known;
  return zoneOfScope({ profile: parseObject(profile) ?? {} }, known ?? playbook.company.zone).zone;
}
