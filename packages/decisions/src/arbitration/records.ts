import type { ChosenMessage, MessageDecided, Proposal, Withdrawal } from '@kairos/contracts';
import type { Channel, Purpose } from '../definitions.ts';
import { hashId } from '../hash-id.ts';
import { purposeOf } from './gates.ts';
import type { Judgement } from './judge.ts';
import type { ArbitrationContext, ArbitrationOutput, Waiting } from './state.ts';

/** What a decision is about, however it was reached. */
export interface Decision {
  readonly waiting: Waiting;
  readonly purpose: Purpose;
  readonly nowMs: number;
  readonly context: ArbitrationContext;
}

/** Of the proposal's trace when the decision comes later than the proposal, by a tick. */
const traced = ({ traceparent }: Waiting): { traceparent?: string } => (traceparent === null ? {} : { traceparent });

function common({ waiting: { proposal, decisions }, purpose, nowMs, context }: Decision) {
  const number = decisions + 1;
  return {
    origin: null,
    decisionId: hashId('decision', proposal.candidateId, String(number)),
    candidateId: proposal.candidateId,
    number,
    personId: proposal.personId,
    firingId: proposal.firingId,
    triggerId: proposal.triggerId,
    messageId: proposal.messageId,
    purpose,
    audience: proposal.audience,
    // The parts of the score, so that "why this one" is arithmetic. Later factors join here.
    score: JSON.stringify({ priority: proposal.priority }),
    decidedAtMs: nowMs,
    proposedAtMs: proposal.proposedAtMs,
    playbookVersion: context.playbookVersion,
    handOver: null,
  };
}

/** The decision record of a judgement: every candidate leaves one each time, losers included. */
export function decidedOutput(decision: Decision, judgement: Judgement): ArbitrationOutput {
  const isChosen = judgement.fate === 'chosen';
  const skipped = judgement.skipped.length === 0 ? {} : { channelsTried: judgement.skipped };
  const value: MessageDecided = {
    ...common(decision),
    channel: judgement.channel,
    fate: judgement.fate,
    code: isChosen ? null : judgement.stop.code,
    gate: isChosen ? null : judgement.stop.gate,
    numbers: JSON.stringify(isChosen ? skipped : { ...judgement.stop.numbers, ...skipped }),
    gatesPassed: judgement.gatesPassed,
    nextEligibleAtMs: judgement.fate === 'deferred' ? judgement.stop.untilMs : null,
  };
  return {
    topic: 'messages.decided',
    personId: value.personId,
    value,
    ...traced(decision.waiting),
  };
}

/** The message for its channel, with all that it needs frozen. */
export function chosenOutput(
  decision: Decision,
  { channel, address, zone }: { channel: Channel; address: string | null; zone: string },
): ArbitrationOutput {
  const { waiting, purpose, nowMs, context } = decision;
  const proposal: Proposal = waiting.proposal;
  const message: ChosenMessage = {
    candidateId: proposal.candidateId,
    personId: proposal.personId,
    firingId: proposal.firingId,
    triggerId: proposal.triggerId,
    messageId: proposal.messageId,
    channel,
    purpose,
    audience: proposal.audience,
    address,
    proposedAtMs: proposal.proposedAtMs,
    causedAtMs: proposal.causedAtMs,
    chosenAtMs: nowMs,
    expiresAtMs: proposal.expiresAtMs,
    evidence: proposal.evidence,
    profile: proposal.profile,
    zone,
    playbookOffset: context.playbookOffset,
    playbookVersion: context.playbookVersion,
  };
  return {
    topic: 'messages.chosen',
    personId: proposal.personId,
    value: { origin: null, message, withdrawal: null },
    ...traced(waiting),
  };
}

/** A waiting candidate was taken back before it was chosen. */
export function withdrawnOutput(decision: Decision, withdrawal: Withdrawal): ArbitrationOutput {
  const value: MessageDecided = {
    ...common(decision),
    channel: null,
    fate: 'withdrawn',
    code: withdrawal.code,
    gate: null,
    numbers: JSON.stringify({ causeMessageId: withdrawal.causeMessageId }),
    gatesPassed: [],
    nextEligibleAtMs: null,
  };
  return { topic: 'messages.decided', personId: value.personId, value };
}

/** A waiting candidate's person is another one from here on: it is weighed anew there, through every gate. */
export function movedOutput(about: {
  readonly waiting: Waiting;
  readonly to: string;
  readonly context: ArbitrationContext;
}): ArbitrationOutput {
  const { waiting, to, context } = about;
  const nowMs = Math.max(context.timeMs, waiting.proposal.proposedAtMs);
  const purpose = purposeOf(waiting.proposal, context.playbook?.messages.get(waiting.proposal.messageId));
  const value: MessageDecided = {
    ...common({ waiting, purpose, nowMs, context }),
    channel: null,
    fate: 'deferred',
    code: 'MOVED',
    gate: null,
    numbers: JSON.stringify({ to }),
    gatesPassed: [],
    nextEligibleAtMs: null,
  };
  return { topic: 'messages.decided', personId: value.personId, value, ...traced(waiting) };
}

/** A chosen one was taken back: the channel drops what it has not handed over. */
export const withdrawalOutput = (withdrawal: Withdrawal): ArbitrationOutput => ({
  topic: 'messages.chosen',
  personId: withdrawal.personId,
  value: { origin: null, message: null, withdrawal },
});
