import { compareText } from '../compare-text.ts';
import type { CompiledPlaybook } from '../compile-types.ts';
import { type Case, isStaff, purposeOf, type Winner, zoneOf } from './gates.ts';
import { type Judgement, judge } from './judge.ts';
import { chosenOutput, type Decision, decidedOutput } from './records.ts';
import {
  type ArbitrationContext,
  type ArbitrationOutput,
  type PersonContactState,
  remember,
  type Send,
  type Waiting,
} from './state.ts';

/** Highest priority first; ties by trigger, then by candidate. Never by arrival. */
const byRank = ({ proposal: a }: Waiting, { proposal: b }: Waiting): number =>
  b.priority - a.priority || compareText(a.triggerId, b.triggerId) || compareText(a.candidateId, b.candidateId);

/**
 * Decides candidates of one person that compete with each other. Each is judged against the state before the round; the
 * gate `priority` then adds what was chosen in it. There is no hidden rule of one message per round: two candidates
 * both go if caps and cooldowns have room for both.
 */
export function decideRound(
  before: PersonContactState,
  competitors: readonly Waiting[],
  { context, nowMs }: { readonly context: ArbitrationContext; readonly nowMs: number },
): { readonly state: PersonContactState; readonly outputs: readonly ArbitrationOutput[] } {
  const outputs: ArbitrationOutput[] = [];
  const winners: Winner[] = [];
  const ranked = [...competitors].sort(byRank);
  const ids = new Set(ranked.map(({ proposal }) => proposal.candidateId));
  let state: PersonContactState = {
    ...before,
    waiting: before.waiting.filter(({ proposal }) => !ids.has(proposal.candidateId)),
  };
  for (const waiting of ranked) {
    const one = caseOf(before, waiting, { context, nowMs, winners });
    const decision: Decision = { waiting, purpose: one.purpose, nowMs, context };
    const judgement = judgeIn(context.playbook, one);
    if (judgement.fate === 'chosen') {
      const { channel, address } = judgement;
      outputs.push(chosenOutput(decision, { channel, address, zone: one.zone }));
      const send = sendOf(one, channel);
      if (send !== null) {
        winners.push({ proposal: waiting.proposal, send });
        state = { ...state, sends: [...state.sends, send] };
      }
    }
    outputs.push(decidedOutput(decision, judgement));
    state = settled(state, waiting, judgement);
  }
  return { state, outputs };
}

function caseOf(
  state: PersonContactState,
  { proposal }: Waiting,
  { context: { playbook }, nowMs, winners }: { context: ArbitrationContext; nowMs: number; winners: readonly Winner[] },
): Omit<Case, 'playbook'> {
  const [zone, zoneFrom] = zoneOf(state.contact, playbook);
  const purpose = purposeOf(proposal, playbook?.messages.get(proposal.messageId));
  return { proposal, purpose, isStaff: isStaff(proposal), state, nowMs, zone, zoneFrom, winners };
}

/** Without a playbook there is no message to send. */
function judgeIn(playbook: CompiledPlaybook | undefined, one: Omit<Case, 'playbook'>): Judgement {
  if (playbook !== undefined) return judge({ ...one, playbook });
  const numbers = { message: one.proposal.messageId };
  const stop = { gate: 'live', code: 'MESSAGE_MISSING', untilMs: null, numbers, fallsBack: false } as const;
  return { fate: 'dropped', channel: null, stop, gatesPassed: [], skipped: [] };
}

/** What staff gets counts against nothing. */
const sendOf = (
  { proposal, purpose, nowMs, isStaff }: Omit<Case, 'playbook'>,
  channel: Send['channel'],
): Send | null =>
  isStaff
    ? null
    : {
        candidateId: proposal.candidateId,
        triggerId: proposal.triggerId,
        messageId: proposal.messageId,
        channel,
        purpose,
        atMs: nowMs,
        state: 'reserved',
      };

function settled(state: PersonContactState, waiting: Waiting, judgement: Judgement): PersonContactState {
  if (judgement.fate !== 'deferred') return remember(state, waiting.proposal, judgement.fate);
  const { code, untilMs } = judgement.stop;
  const deferred: Waiting = {
    ...waiting,
    reason: 'deferred',
    code,
    untilMs: untilMs ?? waiting.proposal.expiresAtMs,
    decisions: waiting.decisions + 1,
  };
  return { ...state, waiting: [...state.waiting, deferred] };
}
