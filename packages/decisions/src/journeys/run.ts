import type { CompiledJourney, CompiledStep, CompiledStepOf } from '../compile-types.ts';
import { stickyPercent } from '../experiments/sticky.ts';
import { hashId } from '../hash-id.ts';
import { ownText, parseObject } from '../profiles/json.ts';
import { isZone, nextLocalTimeMs, parseWallTimeMs } from '../time/index.ts';
import type { Fact } from '../triggers/trigger-type.ts';
import { journeyFact, openSends, proposalOf } from './facts.ts';
import { ENDED, isRunning, type JourneyInstance } from './instance.ts';
import { hasOutcome } from './outcomes.ts';
import { stepScope } from './scope.ts';
import { latestSend, withSend } from './sends.ts';
import type { JourneyMoment, JourneyMove } from './step.ts';

/** An instance before a step. */
interface Here<S extends CompiledStep = CompiledStep> {
  readonly instance: JourneyInstance;
  readonly step: S;
  readonly journey: CompiledJourney;
  readonly moment: JourneyMoment;
}

interface Taken {
  readonly instance: JourneyInstance;
  readonly facts: readonly Fact[];
  /** It waits here. */
  readonly rests?: boolean;
}

/** Takes steps from where the instance stands until it must wait, or there are no more. Every step leads to a higher index. */
export function run(instance: JourneyInstance, journey: CompiledJourney, moment: JourneyMoment): JourneyMove {
  const facts: Fact[] = [];
  let now = instance;
  for (let step = journey.program[now.at]; step !== undefined; step = journey.program[now.at]) {
    const taken = take({ instance: now, step, journey, moment });
    facts.push(...taken.facts);
    if (taken.rests === true) return { instance: taken.instance, facts };
    now = taken.instance;
  }
  facts.push(journeyFact(now, { outcome: 'journeyExited' }, moment));
  return { instance: restOf({ ...now, at: ENDED, dueAtMs: null }, moment), facts };
}

/**
 * What remains of an instance: one that has taken all its steps stays as long as something that it proposed may still be
 * taken back. null = nothing.
 */
export function restOf(instance: JourneyInstance, { nowMs }: Pick<JourneyMoment, 'nowMs'>): JourneyInstance | null {
  if (isRunning(instance)) return instance;
  const open = openSends(instance, nowMs);
  if (open.length === 0) return null;
  const dueAtMs = Math.max(...open.map(({ expiresAtMs }) => expiresAtMs));
  return dueAtMs === instance.dueAtMs ? instance : { ...instance, dueAtMs };
}

function take(here: Here): Taken {
  const { instance, step, journey, moment } = here;
  switch (step.does) {
    case 'send':
    case 'task':
    case 'call':
      return propose({ ...here, step });
    case 'wait':
      return rest(here, wakesAtMs(step, moment));
    case 'waitFor':
      return waitFor({ ...here, step });
    case 'branch': {
      const scope = stepScope(instance, moment);
      const way = step.branches.find(({ condition }) => condition === null || condition.evaluate(scope));
      return fork(here, way ?? { name: 'else', to: step.otherwise });
    }
    case 'split': {
      const { personId, playbook } = moment;
      const drawn = stickyPercent(playbook.company.salt, `journey:${instance.journeyId}:${step.id}`, personId);
      const way = step.ways.find(({ upTo }) => drawn < upTo) ?? step.ways.at(-1);
      return fork(here, way ?? { name: 'none', to: step.next });
    }
    case 'set':
      return set({ ...here, step });
    case 'exit':
      return { instance: { ...instance, at: journey.program.length }, facts: [told(here, {})] };
  }
}

type ToldOfStep = Omit<Parameters<typeof journeyFact>[1], 'outcome' | 'step'>;

const told = ({ instance, step, moment }: Here, more: ToldOfStep): Fact =>
  journeyFact(instance, { outcome: 'journeyStepTaken', step, ...more }, moment);

const fork = (here: Here, { name, to }: { readonly name: string; readonly to: number }): Taken => ({
  instance: { ...here.instance, at: to },
  facts: [told(here, { way: name })],
});

/** A paused journey proposes nothing; whoever is on it goes on as if an operator had stopped the message. */
function propose(here: Here<CompiledStepOf<'send' | 'task' | 'call'>>): Taken {
  const { instance, step, journey, moment } = here;
  const { message, expiresAfterMs } = step;
  const candidateId = hashId('candidate', instance.instanceId, step.path);
  const isPaused = moment.playbook.journeys.isPaused(instance.journeyId);
  const code = isPaused ? 'STOPPED_BY_OPERATOR' : null;
  const sent = withSend(instance, {
    candidateId,
    message,
    expiresAtMs: moment.nowMs + expiresAfterMs,
    outcomes: isPaused ? ['dropped'] : [],
    code,
  });
  const fact = told(here, isPaused ? { code } : { candidateId });
  return {
    instance: { ...sent, at: step.next },
    facts: isPaused ? [fact] : [fact, proposalOf(instance, step, { journey, moment, candidateId })],
  };
}

function waitFor(here: Here<CompiledStepOf<'waitFor'>>): Taken {
  const { instance, step, moment } = here;
  const hasCome = step.anyOf.some((one) => {
    if (one.kind === 'event') return false;
    const send = latestSend(instance, one.message);
    return send !== undefined && hasOutcome(send.outcomes, one.outcome);
  });
  if (hasCome) return fork(here, { name: 'happened', to: step.next });
  return rest(here, moment.nowMs + step.atMostMs);
}

function rest(here: Here, dueAtMs: number): Taken {
  const { instance, step, moment } = here;
  const fact = told(here, { dueAtMs });
  if (dueAtMs <= moment.nowMs) return { instance: { ...instance, at: step.next }, facts: [fact] };
  return { instance: { ...instance, sinceMs: moment.nowMs, dueAtMs }, facts: [fact], rests: true };
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

function set(here: Here<CompiledStepOf<'set'>>): Taken {
  const { instance, step, moment } = here;
  const messageId = hashId('set', instance.instanceId, step.path);
  const { personId, nowMs: atMs } = moment;
  const fact: Fact = { kind: 'set', set: { personId, messageId, traits: step.traits, atMs } };
  return { instance: { ...instance, at: step.next }, facts: [told(here, {}), fact] };
}
