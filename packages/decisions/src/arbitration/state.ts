import type { ChosenRecord, Contact, Feedback, MessageDecided, Proposal, Withdrawal } from '@kairos/contracts';
import type { CompiledPlaybook } from '../compile-types.ts';
import type { Channel, Purpose } from '../definitions.ts';
import { covers } from './scope.ts';

const DAY_MS = 86_400_000;
/** A proposal that comes again within this time after its expiry is still known, and ignored. */
const REMEMBER_AFTER_EXPIRY_MS = DAY_MS;
/** Marketing sends are remembered this long even without a rule, so that a new rule does not start blind. */
const KEEP_MARKETING_MS = 30 * DAY_MS;

/** A send that counts: reserved when chosen, committed when handed over, released when it did not go out. */
export interface Send {
  readonly candidateId: string;
  readonly triggerId: string;
  readonly messageId: string;
  readonly channel: Channel;
  readonly purpose: Purpose;
  /** When it was chosen, UTC ms. Rolling windows count from here. */
  readonly atMs: number;
  readonly state: 'reserved' | 'committed' | 'released';
}

/** A blocking period that an event began. */
export interface Block {
  readonly ruleId: string;
  readonly event: string;
  readonly untilMs: number;
  /** The rule's condition could not be evaluated: the period is there to be on the safe side, and holds marketing alone. */
  readonly isInDoubt?: true;
}

/** A candidate that is not decided for good. */
export interface Waiting {
  readonly proposal: Proposal;
  /** Trace of the proposal, so that a later decision belongs to it. */
  readonly traceparent: string | null;
  /** `awaiting`: its window is over, and the contact history of an old person is still on its way. */
  readonly reason: 'collecting' | 'deferred' | 'awaiting';
  /** Why it was deferred. */
  readonly code: string | null;
  readonly untilMs: number;
  /** Decisions about it so far. */
  readonly decisions: number;
}

/** A candidate whose fate is final, remembered so that a repeat of its proposal changes nothing. */
export interface Decided {
  readonly candidateId: string;
  readonly fate: 'chosen' | 'dropped' | 'withdrawn';
  /** Chosen, and neither reported nor taken back: a withdrawal is passed on. */
  readonly isOpen: boolean;
  readonly forgetAtMs: number;
  /** Whom it was chosen for, when that is an old name of the person. */
  readonly personId?: string;
}

/** Old persons who became this one, as far as their contact history is not complete. */
export interface PersonMoves {
  /** Old persons whose history is on its way. */
  readonly waits: readonly string[];
  /** Old persons whose history came before the word that it would. */
  readonly early: readonly string[];
  /** Hand-overs and withdrawals of candidates that are not known here yet, in order. */
  readonly kept: readonly (Feedback | Withdrawal)[];
}

/** All that arbitration remembers of a person. A value: never changed in place. JSON through and through. */
export interface PersonContactState {
  readonly contact: Contact | null;
  readonly blocks: readonly Block[];
  /** In the order in which they were chosen. */
  readonly sends: readonly Send[];
  readonly waiting: readonly Waiting[];
  readonly decided: readonly Decided[];
  /** Set while contact history of an old person is on its way. */
  readonly moves?: PersonMoves;
}

export const emptyContactState: PersonContactState = { contact: null, blocks: [], sends: [], waiting: [], decided: [] };

/** What a decision may see beside state and record. No clock: `timeMs` is the watermark, -1 before there is time. */
export interface ArbitrationContext {
  readonly timeMs: number;
  readonly playbook: CompiledPlaybook | undefined;
  readonly playbookVersion: string;
  readonly playbookOffset: number;
  readonly traceparent?: string | undefined;
}

/** One record to be written, in order. `traceparent` is the trace of the proposal that it answers. */
export type ArbitrationOutput = { readonly personId: string; readonly traceparent?: string } & (
  | { readonly topic: 'messages.chosen'; readonly value: ChosenRecord }
  | { readonly topic: 'messages.decided'; readonly value: MessageDecided }
);

export interface ArbitrationResult {
  /** undefined = nothing is remembered of the person. */
  readonly state: PersonContactState | undefined;
  readonly outputs: readonly ArbitrationOutput[];
}

/** Earliest moment at which a waiting candidate must be decided, UTC ms; undefined = none waits. */
export function dueAtMs(state: PersonContactState): number | undefined {
  let earliest: number | undefined;
  for (const { untilMs } of state.waiting) if (earliest === undefined || untilMs < earliest) earliest = untilMs;
  return earliest;
}

/** Whether the candidate waits or was decided for good. Asks for the time, since what may be forgotten is forgotten late. */
export const isKnown = (state: PersonContactState, candidateId: string, timeMs: number): boolean =>
  state.decided.some((one) => one.candidateId === candidateId && one.forgetAtMs > timeMs) ||
  state.waiting.some((one) => one.proposal.candidateId === candidateId);

/** Remembers a final fate. */
export const remember = (
  state: PersonContactState,
  proposal: Pick<Proposal, 'candidateId' | 'expiresAtMs'>,
  fate: Decided['fate'],
): PersonContactState => ({
  ...state,
  decided: [
    ...state.decided,
    {
      candidateId: proposal.candidateId,
      fate,
      isOpen: fate === 'chosen',
      forgetAtMs: proposal.expiresAtMs + REMEMBER_AFTER_EXPIRY_MS,
    },
  ],
});

/** How long a send must be remembered: the longest window of a live rule that counts it. */
function keepMs(send: Send, playbook: CompiledPlaybook | undefined): number {
  let longest = send.purpose === 'marketing' ? KEEP_MARKETING_MS : 0;
  for (const { definition } of playbook?.contactRules ?? []) {
    const windowMs =
      definition.rule === 'cap' ? definition.rollingMs : definition.rule === 'cooldown' ? definition.cooldownMs : 0;
    if (windowMs > longest && covers(definition.scope, send)) longest = windowMs;
  }
  return longest;
}

/** Forgets what can't change a decision any more. Undefined when nothing is left. */
export function pruned(state: PersonContactState, context: ArbitrationContext): PersonContactState | undefined {
  const { timeMs, playbook } = context;
  const sends = keepWhere(state.sends, (send) => send.atMs + keepMs(send, playbook) > timeMs);
  const blocks = keepWhere(state.blocks, (block) => block.untilMs > timeMs);
  const decided = keepWhere(state.decided, (one) => one.forgetAtMs > timeMs);
  const isEmpty = sends.length + blocks.length + decided.length + state.waiting.length === 0;
  if (isEmpty && state.contact === null && state.moves === undefined) return undefined;
  if (sends === state.sends && blocks === state.blocks && decided === state.decided) return state;
  return { ...state, sends, blocks, decided };
}

/** As filter, but answers the list itself when all stay: an unchanged state stays the same value. */
export function keepWhere<T>(list: readonly T[], keep: (item: T) => boolean): readonly T[] {
  return list.every(keep) ? list : list.filter(keep);
}
