import type { ChosenRecord, MessageDecided, MessageReported, Proposal, ProposedRecord } from '@kairos/contracts';
import { expiresAfterMsOf } from '../house/playbooks.ts';
import { Violation } from '../violation.ts';
import type { History } from './history.ts';

/** Outcomes of a hand-over that was not made. */
const UNSENT: ReadonlySet<string> = new Set(['expired', 'withdrawn']);

/**
 * A message has the time that its trigger, or the step of its journey, gives it, counted from its proposal. Past that it is
 * neither chosen nor handed over, however long anybody was down meanwhile, and whoever its person has become.
 */
export function checkExpiry(history: History): Record<string, number> {
  const proposals = new Map<string, Proposal>();
  for (const { value } of history.effective<ProposedRecord>('messages.proposed').flat()) {
    if (value.proposal === null) continue;
    const { candidateId, triggerId, messageId, proposedAtMs, expiresAtMs } = value.proposal;
    const hasMs = expiresAtMs - proposedAtMs;
    if (hasMs !== expiresAfterMsOf(triggerId, messageId)) {
      throw new Violation('terms', `${messageId} of ${triggerId} was proposed for ${hasMs} ms`);
    }
    proposals.set(candidateId, value.proposal);
  }
  const isInTime = (candidateId: string, what: string, atMs: number): void => {
    const { expiresAtMs, messageId } = proposals.get(candidateId) ?? {};
    if (expiresAtMs === undefined) throw new Violation('phantom', `${candidateId} was ${what} and never proposed`);
    if (atMs < expiresAtMs) return;
    throw new Violation('expired', `${messageId} was ${what} ${atMs - expiresAtMs} ms after it had expired`);
  };
  let expired = 0;
  for (const { value } of history.effective<MessageDecided>('messages.decided').flat()) {
    if (value.fate === 'chosen') isInTime(value.candidateId, 'decided for', value.decidedAtMs);
    if (value.code === 'EXPIRED') expired += 1;
  }
  for (const { value } of history.effective<ChosenRecord>('messages.chosen').flat()) {
    const { message } = value;
    if (message !== null) isInTime(message.candidateId, 'chosen', message.chosenAtMs);
  }
  for (const { value } of history.effectiveReports<MessageReported>()) {
    if (UNSENT.has(value.outcome)) expired += 1;
    else isInTime(value.candidateId, 'handed over', value.reportedAtMs);
  }
  return { expired };
}
