import type { Feedback, ReasonCode } from '@kairos/contracts';
import { concerns } from './instance-key.ts';
import type { FiredMemory, TriggerState } from './state.ts';
import type { EventMoment, Fact, TypeStep } from './trigger-type.ts';

/** What an event is to a trigger that has fired. */
export interface Ending {
  readonly isCancel: boolean;
  readonly isGoal: boolean;
}

const NO_FACTS: readonly Fact[] = [];

/** Takes back what fired and was not handed over, when the goal is reached or a cancelling event comes after the firing. */
export function withdraw(state: TriggerState, moment: EventMoment, ending: Ending): TypeStep {
  if (state.fired.length === 0) return { state, facts: NO_FACTS };
  return takeBack(state, moment, (firing) => withdrawalCode(firing, moment, ending));
}

/** Takes back each firing that still can be, where `codeOf` says why. */
export function takeBack(
  state: TriggerState,
  moment: EventMoment,
  codeOf: (firing: FiredMemory) => ReasonCode | null,
): TypeStep {
  const facts: Fact[] = [];
  const fired = state.fired.map((firing) => {
    const mayBe = firing.isOpen && moment.event.loggedAtMs <= firing.expiresAtMs;
    const code = mayBe ? codeOf(firing) : null;
    if (code === null) return firing;
    const { event } = moment;
    facts.push({
      kind: 'withdrawn',
      withdrawal: {
        candidateId: firing.candidateId,
        personId: event.personId,
        code,
        causeMessageId: event.messageId,
        atMs: event.loggedAtMs,
      },
    });
    return { ...firing, isOpen: false };
  });
  return facts.length === 0 ? { state, facts } : { state: { ...state, fired }, facts };
}

function withdrawalCode(firing: FiredMemory, moment: EventMoment, ending: Ending): ReasonCode | null {
  const { event, key, trigger } = moment;
  if (!concerns(key, firing.key)) return null;
  const atMs = event.occurredAtMs;
  if (isLateActivity(firing, moment)) return 'EXITED';
  const isCancel = ending.isCancel && atMs >= firing.lastArmAtMs;
  const withinMs = trigger.goal?.withinMs ?? 0;
  const isGoal = ending.isGoal && (isCancel || (atMs >= firing.dueAtMs && atMs <= firing.firedAtMs + withinMs));
  if (isGoal) return 'GOAL_REACHED';
  return isCancel ? 'EXITED' : null;
}

/** The person was active after all; the news came late. (Activity after the due time is what the message hopes for.) */
const isLateActivity = (firing: FiredMemory, { trigger, event, isActivity }: EventMoment): boolean =>
  isActivity === true &&
  trigger.when.type === 'inactivity' &&
  event.occurredAtMs > firing.lastArmAtMs &&
  event.occurredAtMs < firing.dueAtMs;

/** Outcomes after which there is nothing to take back any more. */
const CLOSED: ReadonlySet<string> = new Set([
  'reported:accepted',
  'reported:failed',
  'reported:unknown',
  'reported:expired',
  'reported:withdrawn',
  'decided:dropped',
  'decided:withdrawn',
]);

/** Closes the memory of a firing whose message was handed over, dropped or taken back. */
export function closeFiring(state: TriggerState, { kind, fate, candidateId }: Feedback): TriggerState {
  if (!CLOSED.has(`${kind}:${fate}`)) return state;
  const isMeant = (firing: FiredMemory): boolean => firing.isOpen && firing.candidateId === candidateId;
  if (!state.fired.some(isMeant)) return state;
  return { ...state, fired: state.fired.map((firing) => (isMeant(firing) ? { ...firing, isOpen: false } : firing)) };
}
