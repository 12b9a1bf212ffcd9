import type { ReasonCode } from '@kairos/contracts';
import type { CompiledTrigger } from '../compile-types.ts';
import type { ConditionScope } from '../conditions/types.ts';
import { isOfFiredPeriod } from '../triggers/absence/detect.ts';
import { concerns } from '../triggers/instance-key.ts';
import { isCancelled, mustWaitForReentry } from '../triggers/memory.ts';
import { isTooOld, scheduleFault } from '../triggers/start-gates.ts';
import type { TriggerState } from '../triggers/state.ts';
import type { EventMoment } from '../triggers/trigger-type.ts';
import { whyNot } from './roles.ts';
import type { GateLook, StartGate } from './types.ts';
import { instantIn, keyed, lengthOf } from './words.ts';

/** A gate with what it asks; it is asked only when those before it were passed. */
interface Gate {
  readonly gate: StartGate;
  readonly code: ReasonCode;
  isClosed(): boolean;
  why(): readonly string[];
}

/** Asks gates in order, up to the first that is closed. */
function ask(gates: readonly Gate[]): readonly GateLook[] {
  const looks: GateLook[] = [];
  for (const { gate, code, isClosed, why } of gates) {
    const closed = isClosed();
    looks.push({ gate, passed: !closed, code: closed ? code : null, why: closed ? why() : [] });
    if (closed) break;
  }
  return looks;
}

/** The code of the gate that is closed; null = all that were asked are open. */
export const closedBy = (gates: readonly GateLook[]): ReasonCode | null => gates.at(-1)?.code ?? null;

/** What an event that matches must pass before a trigger starts, or before its wait begins. */
export function startGates(state: TriggerState, moment: EventMoment, zone: string): readonly GateLook[] {
  const { trigger, event, key, scope, liveHorizonMs } = moment;
  const nowMs = event.loggedAtMs;
  const arm = { key, atMs: event.occurredAtMs, exceptMessageId: event.messageId };
  const isAbsence = trigger.when.type === 'absence';
  const gates: Gate[] = [
    {
      gate: 'notBackfill',
      code: 'BACKFILL',
      isClosed: () => event.backfill,
      why: () => ['the event came from an import of history'],
    },
    {
      gate: 'recent',
      code: 'EVENT_TOO_OLD',
      isClosed: () => isTooOld(moment),
      why: () => [
        `it happened ${lengthOf(nowMs - event.occurredAtMs)} before it was logged; at most ${lengthOf(liveHorizonMs)} is allowed`,
      ],
    },
    ...scheduleGates(state, trigger, { nowMs, zone }),
    reentryGate(state, trigger, { key, nowMs, zone }),
    {
      gate: 'notCancelled',
      code: 'EXITED',
      isClosed: () => isCancelled(state, arm),
      why: () => [cancelledBy(state, arm, zone)],
    },
  ];
  return ask([...gates, ...(isAbsence ? absenceGates(state, moment, zone) : [audienceGate(trigger, scope)])]);
}

/** What a timer must pass when it is due. */
export function timeGates(
  state: TriggerState,
  trigger: CompiledTrigger,
  at: { readonly key: string; readonly nowMs: number; readonly zone: string; readonly scope: ConditionScope },
): readonly GateLook[] {
  // An absence asked for re-entry when its wait began.
  const reentry = trigger.when.type === 'absence' ? [] : [reentryGate(state, trigger, at)];
  return ask([...scheduleGates(state, trigger, at), ...reentry, audienceGate(trigger, at.scope)]);
}

interface At {
  readonly nowMs: number;
  readonly zone: string;
}

function scheduleGates(state: TriggerState, trigger: CompiledTrigger, { nowMs, zone }: At): readonly Gate[] {
  const { activeFromMs, activeToMs } = trigger.definition;
  return [
    {
      gate: 'active',
      code: 'OUTSIDE_SCHEDULE',
      isClosed: () => scheduleFault(state, trigger, nowMs) === 'OUTSIDE_SCHEDULE',
      why: () => [
        `it is active ${activeFromMs === null ? '' : `from ${instantIn(activeFromMs, zone)} `}${activeToMs === null ? '' : `to ${instantIn(activeToMs, zone)}`}`.trim(),
      ],
    },
    {
      gate: 'notSuspended',
      code: 'BLOCKED',
      isClosed: () => scheduleFault(state, trigger, nowMs) === 'BLOCKED',
      why: () => {
        const sinceMs = state.suspension?.suspendedAtMs ?? nowMs;
        const untilMs = sinceMs + (trigger.unless?.atMostMs ?? 0);
        return [
          `suspended by an event of “unless” since ${instantIn(sinceMs, zone)}, until ${instantIn(untilMs, zone)}`,
        ];
      },
    },
  ];
}

const reentryGate = (
  state: TriggerState,
  trigger: CompiledTrigger,
  { key, nowMs, zone }: At & { readonly key: string },
): Gate => ({
  gate: 'reentry',
  code: 'REENTRY_WAIT',
  isClosed: () => mustWaitForReentry(state, trigger, { key, nowMs }),
  why: () => {
    const firedAtMs = state.fired.findLast((fired) => fired.key === key)?.firedAtMs ?? nowMs;
    const { reentry } = trigger.definition;
    const next =
      reentry.kind === 'after' ? `may again at ${instantIn(firedAtMs + reentry.afterMs, zone)}` : 'fires once only';
    return [`it fired${keyed(key)} at ${instantIn(firedAtMs, zone)} and ${next}`];
  },
});

function absenceGates(state: TriggerState, moment: EventMoment, zone: string): readonly Gate[] {
  const { trigger, event, key } = moment;
  const known = state.open.find((open) => open.key === key);
  const isKnown = known?.arms.some(({ messageId }) => messageId === event.messageId) === true;
  const isFirstCounted = trigger.when.type === 'absence' && trigger.when.clock === 'startsOnFirst';
  return [
    {
      gate: 'reentry',
      code: 'REENTRY_WAIT',
      isClosed: () => isOfFiredPeriod(state, moment),
      why: () => ['it happened before the trigger fired last, and came too late to change that'],
    },
    {
      gate: 'notWaiting',
      code: 'ALREADY_ACTIVE',
      isClosed: () => isFirstCounted && known !== undefined && !isKnown,
      why: () => [
        `a wait${keyed(key)} is under way, due ${instantIn(known?.dueAtMs ?? 0, zone)}; the first event counts`,
      ],
    },
  ];
}

const audienceGate = ({ audience }: CompiledTrigger, scope: ConditionScope): Gate => ({
  gate: 'audience',
  code: 'NOT_IN_AUDIENCE',
  isClosed: () => audience !== null && !audience.evaluate(scope),
  why: () => (audience === null ? [] : whyNot(audience, scope)),
});

function cancelledBy(
  state: TriggerState,
  arm: { readonly key: string; readonly atMs: number; readonly exceptMessageId: string },
  zone: string,
): string {
  const cancel = state.cancels.find(
    (one) => concerns(one.key, arm.key) && one.atMs >= arm.atMs && one.messageId !== arm.exceptMessageId,
  );
  return `what cancels it happened at or after it, at ${instantIn(cancel?.atMs ?? arm.atMs, zone)}`;
}
