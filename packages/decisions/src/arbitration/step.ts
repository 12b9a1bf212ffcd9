import type { ContactEvent, ContactMove, Feedback, Proposal, ProposedRecord, Withdrawal } from '@kairos/contracts';
import { isStaff, purposeOf } from './gates.ts';
import { handOver, kept, mustAwait, onContactMove, onMerged, setAside } from './moves.ts';
import { withdrawalOutput, withdrawnOutput } from './records.ts';
import { decideRound } from './round.ts';
import { blocksAfter } from './rules.ts';
import {
  type ArbitrationContext,
  type ArbitrationOutput,
  type ArbitrationResult,
  emptyContactState,
  isKnown,
  type PersonContactState,
  pruned,
  remember,
  type Send,
  type Waiting,
} from './state.ts';

interface Next {
  readonly state: PersonContactState;
  readonly outputs: readonly ArbitrationOutput[];
}

/** The person that a record of messages.proposed is about; undefined for time, markers and bodies of a newer writer. */
export function personOf(record: ProposedRecord): string | undefined {
  const { proposal, withdrawal, contactEvent, feedback, moved, merged, contactMove } = record;
  return (proposal ?? withdrawal ?? contactEvent ?? feedback ?? moved ?? merged ?? contactMove)?.personId;
}

/**
 * Folds one record into what is remembered of its person, and decides what need not wait: what is for staff, and what
 * has no collection window. A repeat of a proposal changes nothing.
 */
export function applyProposed(
  before: PersonContactState | undefined,
  record: ProposedRecord,
  context: ArbitrationContext,
): ArbitrationResult {
  const known = before ?? emptyContactState;
  // Nothing comes under the old name any more, so nothing stays.
  if (record.moved !== null) return { state: undefined, outputs: handOver(known, record.moved, context) };
  const { state, outputs } = next(known, record, context);
  return { state: pruned(state, context), outputs };
}

function next(state: PersonContactState, record: ProposedRecord, context: ArbitrationContext): Next {
  if (record.proposal !== null) return onProposal(state, record.proposal, context);
  if (record.withdrawal !== null) return onWithdrawal(state, record.withdrawal, context);
  if (record.contactEvent !== null) return { state: onContactEvent(state, record.contactEvent, context), outputs: [] };
  if (record.feedback !== null) return { state: onFeedback(state, record.feedback, context), outputs: [] };
  if (record.merged !== null) return { state: onMerged(state, record.merged), outputs: [] };
  if (record.contactMove !== null) return onHistory(state, record.contactMove, context);
  return { state, outputs: [] };
}

/** The contact history of an old person, and then what was said of it before it came. */
function onHistory(state: PersonContactState, move: ContactMove, context: ArbitrationContext): Next {
  const received = onContactMove(state, move, context);
  const outputs: ArbitrationOutput[] = [];
  let known = received.state;
  for (const word of received.words) {
    if ('kind' in word) known = onFeedback(known, word, context);
    else {
      const after = onWithdrawal(known, word, context);
      known = after.state;
      outputs.push(...after.outputs);
    }
  }
  return { state: known, outputs };
}

/** Decides all candidates of a person whose time has come. They compete, whether they were collected or deferred. */
export function decideDue(before: PersonContactState, context: ArbitrationContext): ArbitrationResult {
  const due = before.waiting.filter(({ untilMs }) => untilMs <= context.timeMs);
  const aside = new Set(
    due.filter((one) => one.proposal.expiresAtMs > context.timeMs && mustAwait(before, one, context)),
  );
  const waiting = before.waiting.map((one) => (aside.has(one) ? setAside(one) : one));
  const ready = due.filter((one) => !aside.has(one));
  const { state, outputs } = decideRound({ ...before, waiting }, ready, { context, nowMs: context.timeMs });
  return { state: pruned(state, context), outputs };
}

function onProposal(state: PersonContactState, proposal: Proposal, context: ArbitrationContext): Next {
  if (isKnown(state, proposal.candidateId, context.timeMs)) return { state, outputs: [] };
  const nowMs = Math.max(context.timeMs, proposal.proposedAtMs);
  const collectForMs = collectingTime(proposal, context);
  const waiting: Waiting = {
    proposal,
    traceparent: context.traceparent ?? null,
    reason: 'collecting',
    code: null,
    untilMs: windowEnd(state, nowMs, collectForMs),
    decisions: 0,
  };
  if (collectForMs <= 0 && !mustAwait(state, waiting, context))
    return decideRound(state, [waiting], { context, nowMs });
  return { state: { ...state, waiting: [...state.waiting, waiting] }, outputs: [] };
}

function collectingTime(proposal: Proposal, { playbook }: ArbitrationContext): number {
  if (isStaff(proposal) || playbook === undefined) return 0;
  return playbook.company.collectForMs[purposeOf(proposal, playbook.messages.get(proposal.messageId))];
}

/** A candidate joins the window that is open for its person; else it opens one. So a window closes once, for all in it. */
function windowEnd(state: PersonContactState, nowMs: number, collectForMs: number): number {
  for (const { reason, untilMs } of state.waiting)
    if (reason === 'collecting' && untilMs >= nowMs && untilMs <= nowMs + collectForMs) return untilMs;
  return nowMs + collectForMs;
}

/** Drops what waits; passes on what was chosen and not yet handed over. Anything else came too late, or never was. */
function onWithdrawal(state: PersonContactState, withdrawal: Withdrawal, context: ArbitrationContext): Next {
  const later = kept(state, withdrawal);
  if (later !== undefined) return { state: later, outputs: [] };
  const { candidateId } = withdrawal;
  const waiting = state.waiting.find(({ proposal }) => proposal.candidateId === candidateId);
  if (waiting !== undefined) {
    const purpose = purposeOf(waiting.proposal, context.playbook?.messages.get(waiting.proposal.messageId));
    const nowMs = Math.max(context.timeMs, withdrawal.atMs);
    const left = { ...state, waiting: state.waiting.filter((one) => one !== waiting) };
    return {
      state: remember(left, waiting.proposal, 'withdrawn'),
      outputs: [withdrawnOutput({ waiting, purpose, nowMs, context }, withdrawal)],
    };
  }
  const chosen = state.decided.find((one) => one.candidateId === candidateId && one.isOpen);
  if (chosen === undefined) return { state, outputs: [] };
  const personId = chosen.personId ?? withdrawal.personId;
  return { state: closed(state, candidateId), outputs: [withdrawalOutput({ ...withdrawal, personId })] };
}

function closed(state: PersonContactState, candidateId: string): PersonContactState {
  const open = state.decided.find((one) => one.candidateId === candidateId && one.isOpen);
  if (open === undefined) return state;
  return { ...state, decided: state.decided.map((one) => (one === open ? { ...one, isOpen: false } : one)) };
}

function onContactEvent(
  state: PersonContactState,
  event: ContactEvent,
  { playbook, timeMs }: ArbitrationContext,
): PersonContactState {
  const blocks = blocksAfter(state.blocks, event, playbook);
  const waiting = blocks.length < state.blocks.length ? woken(state.waiting, ENDS_WITH_BLOCK, timeMs) : state.waiting;
  return { ...state, blocks, waiting, contact: event.contact ?? state.contact };
}

/** What never went out counts no more. What nobody knows of counts: better one message too few. */
const stateAfter: Readonly<Record<string, Send['state']>> = {
  accepted: 'committed',
  unknown: 'committed',
  failed: 'released',
  expired: 'released',
  withdrawn: 'released',
  suppressed: 'released',
};

function onFeedback(state: PersonContactState, feedback: Feedback, context: ArbitrationContext): PersonContactState {
  const after = feedback.kind === 'reported' ? stateAfter[feedback.fate] : undefined;
  if (after === undefined) return state;
  const waiting = kept(state, feedback);
  if (waiting !== undefined) return waiting;
  const { candidateId } = feedback;
  const send = state.sends.find((one) => one.candidateId === candidateId);
  const reported = closed(state, candidateId);
  // A report that comes again, or one that contradicts a hand-over, changes nothing: what went out, went out.
  if (send === undefined || send.state === after || send.state === 'committed') return reported;
  const sends = state.sends.map((one) => (one === send ? { ...one, state: after } : one));
  if (after === 'committed') return { ...reported, sends };
  return { ...reported, sends, waiting: woken(state.waiting, WAITS_FOR_ROOM, context.timeMs) };
}

const WAITS_FOR_ROOM: ReadonlySet<string | null> = new Set(['CAP_REACHED', 'COOLDOWN', 'OUTRANKED']);
const ENDS_WITH_BLOCK: ReadonlySet<string | null> = new Set(['BLOCKED', 'BLOCK_RULE_FAILED']);

/** Room was given back, or a block has ended: who waits for that is decided anew at the next tick. */
const woken = (waiting: readonly Waiting[], codes: ReadonlySet<string | null>, timeMs: number): readonly Waiting[] =>
  waiting.map((one) =>
    one.reason === 'deferred' && codes.has(one.code) && one.untilMs > timeMs
      ? { ...one, untilMs: Math.max(timeMs, 0) }
      : one,
  );
