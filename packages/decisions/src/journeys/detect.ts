import type { EnrichedEvent, Feedback, TriggerDetected } from '@kairos/contracts';
import type { CompiledPlaybook } from '../compile-types.ts';
import { isSameList } from '../same-list.ts';
import {
  type DetectAt,
  type DetectResult,
  detect as detectTriggers,
  EventScope,
  detectFeedback as triggersFeedback,
} from '../triggers/detect.ts';
import type { DetectState } from '../triggers/detect-state.ts';
import { detectTime as timeOfTriggers } from '../triggers/detect-time.ts';
import { dueAtMs as dueOfTriggers } from '../triggers/due.ts';
import { mergeDetect as mergeTriggers } from '../triggers/merge.ts';
import type { MergeAt } from '../triggers/merge-types.ts';
import { TriggerStates } from '../triggers/trigger-states.ts';
import type { Fact } from '../triggers/trigger-type.ts';
import { dueOfJourneys, JourneyStates, type Journeys, journeysOf } from './journey-states.ts';
import { mergeJourneys } from './merge.ts';
import {
  type Instances,
  type JourneysStep,
  meetEvent,
  meetFeedback,
  meetTime,
  momentOf,
  type PersonMoment,
  startJourneys,
} from './person.ts';
import type { JourneyMoment } from './step.ts';

/**
 * Triggers and journeys of one person as one fold. Who is on no journey, under a playbook that has none, goes the way of the
 * triggers alone and pays for nothing else.
 */
export function detect(state: DetectState | undefined, event: EnrichedEvent, at: DetectAt): DetectResult {
  const { playbook } = at;
  const running = state?.journeys;
  const found = detectTriggers(state, event, at);
  const isHeard = running !== undefined && (event.candidateId !== null || playbook.journeys.hears(event.name));
  if (!isHeard && (playbook.journeys.isEmpty || found.facts.length === 0)) {
    return running === undefined ? found : { state: together(found.state, running, event), facts: found.facts };
  }
  const moment: JourneyMoment = {
    personId: event.personId,
    playbook,
    playbookVersion: playbook.version,
    nowMs: event.loggedAtMs,
    causedAtMs: event.receivedAtMs,
    causes: [event.messageId],
    profile: event.profile,
    segments: event.segments,
  };
  // Ends come before starts: what the event ends does not stand in the way of what it starts.
  const before = journeysOf(running);
  const met = isHeard
    ? meetEvent(before ?? NO_INSTANCES, { event, scope: new EventScope(event) }, moment)
    : same(before);
  return withJourneys(found, met, { before: running, moment });
}

const NO_INSTANCES: Instances = [];
const NO_FACTS: readonly Fact[] = [];
const NO_CAUSES: readonly string[] = [];

const same = (instances: Instances | undefined): JourneysStep => ({
  instances: instances ?? NO_INSTANCES,
  facts: NO_FACTS,
});

interface Before {
  readonly before: Journeys | undefined;
  readonly moment: JourneyMoment;
}

/** Starts what the triggers' firings start, and puts both states together. */
function withJourneys(
  found: DetectResult,
  { instances, facts }: JourneysStep,
  { before, moment }: Before,
): DetectResult {
  const all: Fact[] = [];
  for (const fact of found.facts) all.push(fact);
  for (const fact of facts) all.push(fact);
  let after = instances;
  for (const fact of found.facts) {
    if (fact.kind !== 'detected' || fact.detected.outcome !== 'fired') continue;
    const { detected, lastAtMs = detected.detectedAtMs } = fact;
    const started = startJourneys(after, { detected, lastAtMs }, causedBy(detected, moment));
    after = started.instances;
    for (const one of started.facts) all.push(one);
  }
  if (before === undefined && after.length === 0) return { state: found.state, facts: all };
  // What has not changed stays as it lies.
  const isSame = before !== undefined && after === journeysOf(before);
  return { state: together(found.state, isSame ? before : after, moment), facts: all };
}

/** Spelled out, as all that is made for every move. */
const causedBy = (
  { dueAtMs, causes }: TriggerDetected,
  { personId, playbook, playbookVersion, nowMs, causedAtMs, profile, segments }: JourneyMoment,
): JourneyMoment => ({
  personId,
  playbook,
  playbookVersion,
  nowMs,
  causedAtMs: dueAtMs ?? causedAtMs,
  causes,
  profile,
  segments,
});

/** Whoever is on a journey is remembered with the profile as it stands: a step may ask for it at any time. */
function together(
  state: DetectState | undefined,
  journeys: Journeys,
  { profile, segments }: Pick<DetectState, 'profile' | 'segments'>,
): DetectState | undefined {
  if (!(journeys instanceof JourneyStates) && journeys.length === 0) return withoutJourneys(state);
  const isSame = state?.journeys === journeys && state.profile === profile && isSameList(state.segments, segments);
  if (isSame) return state;
  const triggers = state?.triggers ?? TriggerStates.none;
  const watchedBy = state?.watchedBy;
  return watchedBy === undefined
    ? { triggers, profile, segments, journeys }
    : { triggers, profile, segments, watchedBy, journeys };
}

function withoutJourneys(state: DetectState | undefined): DetectState | undefined {
  if (state?.journeys === undefined) return state;
  const { journeys: _, ...rest } = state;
  return TriggerStates.of(rest.triggers).isEmpty ? undefined : rest;
}

/** Time moved on, for triggers first and then for journeys: those that a firing starts take their first steps with it. */
export function detectTime(
  state: DetectState,
  personId: string,
  at: { readonly timeMs: number; readonly playbook: CompiledPlaybook | undefined },
): DetectResult {
  const { playbook, timeMs } = at;
  const running = state.journeys;
  const found = timeOfTriggers(state, personId, at);
  const { profile, segments } = state;
  const isDue = running !== undefined && (dueOfJourneys(running) ?? Number.POSITIVE_INFINITY) <= timeMs;
  if (!isDue && (playbook === undefined || playbook.journeys.isEmpty || found.facts.length === 0)) {
    return running === undefined ? found : { state: together(found.state, running, state), facts: found.facts };
  }
  const base: PersonMoment = {
    personId,
    playbook,
    playbookVersion: playbook?.version ?? '',
    nowMs: timeMs,
    causedAtMs: timeMs,
    causes: NO_CAUSES,
    profile,
    segments,
  };
  const before = journeysOf(running);
  const met = isDue ? meetTime(before ?? NO_INSTANCES, base) : same(before);
  if (playbook === undefined) {
    return { state: together(found.state, met.instances, base), facts: [...found.facts, ...met.facts] };
  }
  return withJourneys(found, met, { before: running, moment: momentOf(base, playbook) });
}

/** Earliest time at which there is something to do, for triggers or journeys. */
export function detectDueAtMs(state: DetectState): number | undefined {
  const ofTriggers = dueOfTriggers(state);
  if (state.journeys === undefined) return ofTriggers;
  const ofJourneys = dueOfJourneys(state.journeys);
  if (ofTriggers === undefined || ofJourneys === undefined) return ofTriggers ?? ofJourneys;
  return Math.min(ofTriggers, ofJourneys);
}

/** What we decided or did: a proposal may be closed for taking back, and a journey that waits for it goes on. */
export function detectFeedback(
  state: DetectState | undefined,
  feedback: Feedback,
  { playbook, timeMs }: { readonly playbook: CompiledPlaybook | undefined; readonly timeMs: number },
): DetectResult {
  const after = triggersFeedback(state, feedback);
  const running = journeysOf(state?.journeys);
  if (running === undefined || state === undefined || after === undefined) return { state: after, facts: NO_FACTS };
  const { profile, segments } = state;
  const nowMs = Math.max(timeMs, feedback.atMs);
  const met = meetFeedback(running, feedback, {
    personId: feedback.personId,
    playbook,
    playbookVersion: playbook?.version ?? '',
    nowMs,
    causedAtMs: nowMs,
    causes: [],
    profile,
    segments,
  });
  if (met.instances === running) return { state: after, facts: met.facts };
  return { state: together(after, met.instances, { profile, segments }), facts: met.facts };
}

/** Makes one of what was remembered of two persons, journeys included. */
export function mergeDetect(into: DetectState | undefined, from: DetectState | null, at: MergeAt): DetectResult {
  const merged = mergeTriggers(into, from, at);
  if (into?.journeys === undefined && from?.journeys === undefined) return merged;
  const { personId, playbook, timeMs, linkedAtMs, profile, segments } = at;
  const nowMs = Math.max(timeMs, linkedAtMs);
  const none = { triggers: TriggerStates.none };
  const met = mergeJourneys(into ?? none, from ?? none, {
    personId,
    playbook,
    playbookVersion: playbook?.version ?? '',
    nowMs,
    causedAtMs: nowMs,
    causes: [],
    profile,
    segments,
  });
  return {
    state: together(merged.state, met.instances, { profile, segments }),
    facts: [...merged.facts, ...met.facts],
  };
}
