import type { TriggerDetected } from '@kairos/contracts';
import type { CompiledStep, CompiledStepOf } from '../compile-types.ts';
import { stickyPercent } from '../experiments/sticky.ts';
import { hashId } from '../hash-id.ts';
import { ownText, parseObject } from '../profiles/json.ts';
import { isZone, nextLocalTimeMs, parseWallTimeMs } from '../time/index.ts';
import type { Fact } from '../triggers/trigger-type.ts';
import { journeyFact, nextFact, openSends, proposalOf, type Told } from './facts.ts';
import { ENDED, isRunning, type JourneyInstance, withMoved } from './instance.ts';
import { hasOutcome } from './outcomes.ts';
import { StepScope } from './scope.ts';
import { latestSend, withSend } from './sends.ts';
import type { JourneyAt, JourneyMoment, JourneyMove } from './step.ts';

/**
 * An instance on its way: what moves of it changes here, and becomes an instance once it rests. A step that made an instance
 * of its own would copy all of it several times a move.
 */
interface Walk extends JourneyAt {
  /** As it stood before the first step. */
  readonly instance: JourneyInstance;
  at: number;
  sinceMs: number;
  dueAtMs: number | null;
  sends: JourneyInstance['sends'];
  readonly facts: Fact[];
  /** The first fact of the move, with which all others are told; and how many these are. */
  first: TriggerDetected | null;
  others: number;
}

/** Where a walk begins that does not begin where the instance stands, and what is told before. */
interface From {
  readonly at: number;
  readonly told?: Told;
}

/** Takes steps from where the instance stands until it must wait, or there are no more. Every step leads to a higher index. */
export function run(instance: JourneyInstance, { journey, moment }: JourneyAt, from?: From): JourneyMove {
  const { sinceMs, dueAtMs, sends } = instance;
  const facts: Fact[] = [];
  const at = from?.at ?? instance.at;
  const walk: Walk = { instance, journey, moment, at, sinceMs, dueAtMs, sends, facts, first: null, others: 0 };
  if (from?.told !== undefined) tell(walk, from.told);
  for (let step = journey.program[walk.at]; step !== undefined; step = journey.program[walk.at]) {
    if (take(walk, step) === RESTS) return { instance: movedTo(walk), facts };
  }
  tell(walk, { outcome: 'journeyExited' });
  walk.at = ENDED;
  walk.dueAtMs = null;
  return { instance: restOf(movedTo(walk), moment), facts };
}

function tell(walk: Walk, told: Told): void {
  const { first, facts, instance, moment } = walk;
  if (first === null) {
    const fact = journeyFact(instance, told, moment);
    walk.first = fact.detected;
    facts.push(fact);
    return;
  }
  walk.others += 1;
  facts.push(nextFact({ first, number: walk.others }, told, { entered: instance, moment }));
}

/** Whether it waits at the step. */
const [RESTS, GOES_ON] = [true, false];

/** Spelled out, as `withMoved` is. */
const movedTo = ({ instance, at, sinceMs, dueAtMs, sends }: Walk): JourneyInstance =>
  withMoved(instance, { at, sinceMs, dueAtMs, sends });

/**
 * What remains of an instance: one that has taken all its steps stays as long as something that it proposed may still be
 * taken back. null = nothing.
 */
export function restOf(instance: JourneyInstance, { nowMs }: Pick<JourneyMoment, 'nowMs'>): JourneyInstance | null {
  if (isRunning(instance)) return instance;
  const open = openSends(instance, nowMs);
  if (open.length === 0) return null;
  const dueAtMs = Math.max(...open.map(({ expiresAtMs }) => expiresAtMs));
  const { at, sinceMs, sends } = instance;
  return dueAtMs === instance.dueAtMs ? instance : withMoved(instance, { at, sinceMs, dueAtMs, sends });
}

function take(walk: Walk, step: CompiledStep): boolean {
  const { instance, journey, moment } = walk;
  switch (step.does) {
    case 'send':
    case 'task':
    case 'call':
      return propose(walk, step);
    case 'wait':
      return rest(walk, step, wakesAtMs(step, moment));
    case 'waitFor':
      return waitFor(walk, step);
    case 'branch': {
      const scope = new StepScope(instance.evidence, walk.sends, moment);
      const way = step.branches.find(({ condition }) => condition === null || condition.evaluate(scope));
      return fork(walk, step, way ?? { name: 'else', to: step.otherwise });
    }
    case 'split': {
      const { personId, playbook } = moment;
      const drawn = stickyPercent(playbook.company.salt, `journey:${instance.journeyId}:${step.id}`, personId);
      const way = step.ways.find(({ upTo }) => drawn < upTo) ?? step.ways.at(-1);
      return fork(walk, step, way ?? { name: 'none', to: step.next });
    }
    case 'set':
      return set(walk, step);
    case 'exit':
      tell(walk, { outcome: 'journeyStepTaken', step });
      walk.at = journey.program.length;
      return GOES_ON;
  }
}

function fork(walk: Walk, step: CompiledStep, { name, to }: { readonly name: string; readonly to: number }): boolean {
  tell(walk, { outcome: 'journeyStepTaken', step, way: name });
  walk.at = to;
  return GOES_ON;
}

/** A paused journey proposes nothing; whoever is on it goes on as if an operator had stopped the message. */
function propose(walk: Walk, step: CompiledStepOf<'send' | 'task' | 'call'>): boolean {
  const { instance, journey, moment, facts } = walk;
  const { message, expiresAfterMs } = step;
  const candidateId = hashId('candidate', instance.instanceId, step.path);
  const isPaused = moment.playbook.journeys.isPaused(instance.journeyId);
  const code = isPaused ? ('STOPPED_BY_OPERATOR' as const) : null;
  walk.sends = withSend(walk.sends, {
    candidateId,
    message,
    expiresAtMs: moment.nowMs + expiresAfterMs,
    outcomes: isPaused ? ['dropped'] : [],
    code,
  });
  walk.at = step.next;
  const outcome = 'journeyStepTaken';
  tell(walk, isPaused ? { outcome, step, code } : { outcome, step, candidateId });
  if (!isPaused) facts.push(proposalOf(instance, step, { journey, moment, candidateId }));
  return GOES_ON;
}

function waitFor(walk: Walk, step: CompiledStepOf<'waitFor'>): boolean {
  const hasCome = step.anyOf.some((one) => {
    if (one.kind === 'event') return false;
    const send = latestSend(walk, one.message);
    return send !== undefined && hasOutcome(send.outcomes, one.outcome);
  });
  if (hasCome) return fork(walk, step, { name: 'happened', to: step.next });
  return rest(walk, step, walk.moment.nowMs + step.atMostMs);
}

function rest(walk: Walk, step: CompiledStep, dueAtMs: number): boolean {
  const { moment } = walk;
  tell(walk, { outcome: 'journeyStepTaken', step, dueAtMs });
  if (dueAtMs <= moment.nowMs) {
    walk.at = step.next;
    return GOES_ON;
  }
  walk.sinceMs = moment.nowMs;
  walk.dueAtMs = dueAtMs;
  return RESTS;
}

/** When a wait ends: its time from now, and then the next such moment on the person's clock. */
function wakesAtMs({ forMs, until }: CompiledStepOf<'wait'>, { nowMs, profile, playbook }: JourneyMoment): number {
  const fromMs = nowMs + forMs;
  if (until === null) return fromMs;
  const wallMs = until.time === null ? 0 : (parseWallTimeMs(until.time) ?? 0);
  const own = ownText(parseObject(profile) ?? {}, 'zone');
  const companys = isZone(playbook.company.zone) ? playbook.company.zone : 'Etc/UTC';
  const zone = own !== null && isZone(own) ? own : companys;
  return nextLocalTimeMs(fromMs, { zone, wallMs, weekdays: until.weekdays });
}

function set(walk: Walk, step: CompiledStepOf<'set'>): boolean {
  const { instance, moment, facts } = walk;
  const messageId = hashId('set', instance.instanceId, step.path);
  const { personId, nowMs: atMs } = moment;
  tell(walk, { outcome: 'journeyStepTaken', step });
  facts.push({ kind: 'set', set: { personId, messageId, traits: step.traits, atMs } });
  walk.at = step.next;
  return GOES_ON;
}
