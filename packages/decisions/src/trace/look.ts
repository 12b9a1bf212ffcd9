import type { EnrichedEvent } from '@kairos/contracts';
import { detectPlanOf, interestsNamed } from '../triggers/concerned.ts';
import { afterEnds, type DetectAt, EventScope, momentOf } from '../triggers/detect.ts';
import type { DetectState } from '../triggers/detect-state.ts';
import { type Concern, concernOf } from '../triggers/interests.ts';
import { triggerTypes } from '../triggers/registry.ts';
import { EMPTY_TRIGGER, type TriggerState } from '../triggers/state.ts';
import { TriggerStates } from '../triggers/trigger-states.ts';
import type { EventMoment, Fact } from '../triggers/trigger-type.ts';
import { withdraw } from '../triggers/withdraw.ts';
import { startGates } from './gates.ts';
import { progressOf } from './progress.ts';
import { rolesOf } from './roles.ts';
import type { LookOutcome, LookVerdict, RoleLook, TriggerLook } from './types.ts';
import { instantIn, keyed } from './words.ts';

/** What the detector remembered before a record, and what it made of it. */
export interface Met {
  readonly before: DetectState | undefined;
  readonly facts: readonly Fact[];
  readonly at: DetectAt;
  readonly zone: string;
}

export interface EventLooks {
  readonly looks: readonly TriggerLook[];
  /** Triggers that events of this name do not concern. */
  readonly notConcerned: number;
}

/** How each trigger looked at an event: conditions and gates asked once more, beside what the detector made of it. */
export function looksAt(event: EnrichedEvent, met: Met): EventLooks {
  const { playbook } = met.at;
  const interests = interestsNamed(detectPlanOf(playbook), event, met.before);
  const scope = new EventScope(event);
  const looks = interests.map((interest) => {
    const roles = rolesOf(interest, event, scope);
    const { trigger } = interest;
    const about = { triggerId: trigger.definition.id, type: trigger.when.type, roles };
    const concern = concernOf(interest, scope);
    if (concern === null) return { ...about, verdict: 'noMatch', outcomes: [], says: [] } as const;
    return { ...about, ...lookOf(concern, { event, scope, met, roles }) };
  });
  return { looks, notConcerned: playbook.triggers.size + playbook.pausedTriggers.size - looks.length };
}

interface Looking {
  readonly event: EnrichedEvent;
  readonly scope: EventScope;
  readonly met: Met;
  readonly roles: readonly RoleLook[];
}

const of = (state: DetectState | undefined, id: string): TriggerState =>
  TriggerStates.of(state?.triggers).get(id) ?? EMPTY_TRIGGER;

function lookOf(concern: Concern, looking: Looking): Pick<TriggerLook, 'verdict' | 'outcomes' | 'says'> {
  const { met } = looking;
  const { id } = concern.trigger.definition;
  const moment = momentOf(concern, { event: looking.event, scope: looking.scope, at: met.at });
  const before = of(met.before, id);
  const told = factsOf(met.facts, id);
  if (concern.isPaused) {
    const outcomes = told.map(({ key, code }): LookOutcome => ({ key, outcome: 'notStarted', code, gates: [] }));
    return { verdict: 'notStarted', outcomes, says: ['the trigger is paused'] };
  }
  const ended = afterEnds(withdraw(before, moment, concern).state, moment, concern);
  const after = concern.starts ? triggerTypes[moment.trigger.when.type].start(ended, moment).state : ended;
  const step = { before: ended, after, moment };
  const outcomes = concern.starts ? outcomesOf(step, told, met.zone) : [];
  const endings = [...endingsOf(before, ended, { concern, moment, zone: met.zone }), ...takenBack(before, met.facts)];
  const isOpen = concern.starts && outcomes.length === 0;
  const progress = isOpen ? progressOf(step) : [];
  return { verdict: verdictOf(outcomes, { endings, step, concern }), outcomes, says: [...endings, ...progress] };
}

interface Told {
  readonly key: string;
  readonly outcome: 'fired' | 'notStarted';
  readonly code: LookOutcome['code'];
}

/** What the detector said of the trigger itself, journeys apart. */
export const factsOf = (facts: readonly Fact[], triggerId: string): readonly Told[] =>
  facts.flatMap((fact) => {
    if (fact.kind !== 'detected' || fact.detected.triggerId !== triggerId || fact.detected.journey !== null) return [];
    const { instanceKey: key, outcome, code } = fact.detected;
    return [{ key, outcome: outcome === 'fired' ? 'fired' : 'notStarted', code: code as LookOutcome['code'] } as const];
  });

/** Of what fired or was refused, the gates of each; of a wait, those that it passed. */
function outcomesOf(
  step: { readonly before: TriggerState; readonly after: TriggerState; readonly moment: EventMoment },
  told: readonly Told[],
  zone: string,
): readonly LookOutcome[] {
  const { before, after, moment } = step;
  const { type } = moment.trigger.when;
  const gatesFor = (key: string) => startGates(before, { ...moment, key }, zone);
  if (told.length > 0) return told.map((one) => ({ ...one, gates: gatesFor(one.key) }));
  const { key } = moment;
  if (type === 'absence') {
    const waits = after.open.find((open) => open.key === key);
    const isArmed = waits?.arms.some(({ messageId }) => messageId === moment.event.messageId) === true;
    const gates = gatesFor(key);
    return [{ key, outcome: isArmed ? 'waits' : 'unchanged', code: gates.at(-1)?.code ?? null, gates }];
  }
  const isArmed = (type === 'inactivity' || type === 'date') && after !== before;
  return isArmed ? [{ key, outcome: 'waits', code: null, gates: [] }] : [];
}

interface Ending {
  readonly concern: Concern;
  readonly moment: EventMoment;
  readonly zone: string;
}

function endingsOf(before: TriggerState, after: TriggerState, { concern, moment, zone }: Ending): readonly string[] {
  const says: string[] = [];
  if (concern.isCancel) {
    const kept = new Map(after.open.map((open) => [open.key, open.arms.length]));
    for (const { key, arms } of before.open) {
      const left = kept.get(key) ?? 0;
      if (left === 0) says.push(`ends its wait${keyed(key)}`);
      else if (left < arms.length) says.push(`ends its wait${keyed(key)} as far as that began before it`);
    }
    if (before.idle !== null && after.idle === null) says.push('stops the clock of inactivity');
    if (says.length === 0) says.push('nothing waited for it; it is remembered, for what arrives late');
  }
  const suspendedAtMs = after.suspension?.suspendedAtMs ?? null;
  if (concern.suspends && suspendedAtMs !== null) {
    says.push(`is suspended until ${instantIn(suspendedAtMs + (moment.trigger.unless?.atMostMs ?? 0), zone)}`);
  }
  if (concern.resumes) says.push('is suspended no more');
  if (concern.isGoal) says.push('its goal is reached');
  return says;
}

function takenBack(before: TriggerState, facts: readonly Fact[]): readonly string[] {
  const mine = new Map(before.fired.map(({ candidateId, key }) => [candidateId, key]));
  return facts.flatMap((fact) => {
    if (fact.kind !== 'withdrawn' || !mine.has(fact.withdrawal.candidateId)) return [];
    return [
      `takes back what it proposed${keyed(mine.get(fact.withdrawal.candidateId) ?? '')}: ${fact.withdrawal.code}`,
    ];
  });
}

interface Judged {
  readonly endings: readonly string[];
  readonly step: { readonly before: TriggerState; readonly after: TriggerState };
  readonly concern: Concern;
}

function verdictOf(outcomes: readonly LookOutcome[], { endings, step, concern }: Judged): LookVerdict {
  for (const verdict of ['fired', 'notStarted', 'waits'] as const) {
    if (outcomes.some(({ outcome }) => outcome === verdict)) return verdict;
  }
  if (endings.length > 0) return 'ended';
  return concern.starts && step.after !== step.before ? 'remembered' : 'unchanged';
}
