import type { ChosenMessage, MessageReported } from '@kairos/contracts';
import { isReasonCode } from '@kairos/contracts';
import { hashId } from '@kairos/decisions';
import type { Answer, Facts, LedgerEntry, RetryPolicy, Settlement, Suppression } from './ports.ts';

/** What to do with a message now. */
export type Verdict =
  | { readonly do: 'send' }
  /** It was being called when something broke, and the author wants it repeated under the same id. */
  | { readonly do: 'repeat' }
  | { readonly do: 'settle'; readonly settlement: Settlement };

/**
 * After an unsubscribe came home, arbitration's consent rules decide; what was chosen up to this long after it may
 * still have been chosen without knowing.
 */
export const SUPPRESSION_TAIL_MS = 60_000;

/** The last decision before a hand-over: late checks first, then what an interrupted call means. */
export function decide(entry: LedgerEntry, facts: Facts, nowMs: number): Verdict {
  const stop = lateStop(entry, facts, nowMs);
  const mayHaveArrived = entry.state === 'calling' || entry.unclear;
  if (entry.state === 'calling' && entry.deliver !== 'atLeastOnce') return { do: 'settle', settlement: unknown(entry) };
  if (stop !== undefined) return { do: 'settle', settlement: mayHaveArrived ? unknown(entry) : stop };
  return { do: entry.state === 'calling' ? 'repeat' : 'send' };
}

/** Why a message must not be handed over any more, if so. */
function lateStop({ message, attempt }: LedgerEntry, facts: Facts, nowMs: number): Settlement | undefined {
  const drop = { state: 'dropped', attempt, providerId: null } as const;
  if (facts.withdrawnCode !== null) {
    const code = isReasonCode(facts.withdrawnCode) ? facts.withdrawnCode : 'EXITED';
    return { ...drop, outcome: 'withdrawn', code };
  }
  if (nowMs >= message.expiresAtMs) return { ...drop, outcome: 'expired', code: 'EXPIRED' };
  if (isSuppressed(message, facts.suppression)) return { ...drop, outcome: 'withdrawn', code: 'UNSUBSCRIBED' };
  return undefined;
}

/** Whether an unsubscribe that this room knows of stands against a message. Only marketing to the customer can be unsubscribed. */
export function isSuppressed(message: ChosenMessage, suppression: Suppression | null): boolean {
  if (suppression === null || message.purpose !== 'marketing' || message.audience !== 'customer') return false;
  if (suppression.homeAtMs === null) return true;
  return message.chosenAtMs < Math.max(suppression.suppressedAtMs, suppression.homeAtMs) + SUPPRESSION_TAIL_MS;
}

const unknown = ({ attempt }: { readonly attempt: number }): Settlement => ({
  state: 'unknown',
  outcome: 'unknown',
  code: 'HAND_OVER_UNKNOWN',
  attempt,
  providerId: null,
});

/** What follows from an answer. */
export type Conclusion =
  | { readonly do: 'settle'; readonly settlement: Settlement }
  | { readonly do: 'again'; readonly dueAtMs: number; readonly attempt: number; readonly unclear: boolean };

/** A call that was made: `entry.attempt` counts it already. */
export function conclude(
  entry: LedgerEntry,
  answer: Answer,
  { nowMs, retry }: { readonly nowMs: number; readonly retry: RetryPolicy },
): Conclusion {
  const { attempt } = entry;
  switch (answer.kind) {
    case 'accepted': {
      const { providerId } = answer;
      return settle({ state: 'sent', outcome: 'accepted', code: null, attempt, providerId });
    }
    case 'rejected':
      // An earlier call may have arrived all the same.
      if (entry.unclear) return settle(unknown(entry));
      return settle({ state: 'failed', outcome: 'failed', code: answer.code, attempt, providerId: null });
    case 'held': {
      const dueAtMs = nowMs + Math.max(1, answer.afterMs);
      return { do: 'again', dueAtMs, attempt: attempt - 1, unclear: entry.unclear };
    }
    case 'unclear':
      if (entry.deliver !== 'atLeastOnce') return settle(unknown(entry));
      return again({ ...entry, unclear: true }, null, { nowMs, retry });
    case 'again':
      return again(entry, answer.afterMs, { nowMs, retry });
  }
}

function again(
  entry: LedgerEntry,
  afterMs: number | null,
  { nowMs, retry }: { readonly nowMs: number; readonly retry: RetryPolicy },
): Conclusion {
  const { attempt, unclear, message } = entry;
  const dueAtMs = nowMs + Math.max(afterMs ?? 0, delayMs(message.candidateId, attempt, retry));
  if (attempt < retry.maxAttempts && dueAtMs < message.expiresAtMs) return { do: 'again', dueAtMs, attempt, unclear };
  if (unclear) return settle(unknown(entry));
  return settle({ state: 'failed', outcome: 'failed', code: 'RETRIES_EXHAUSTED', attempt, providerId: null });
}

const settle = (settlement: Settlement): Conclusion => ({ do: 'settle', settlement });

/** Doubles from call to call, capped; spread by up to a quarter, by the id, so that a provider that comes back is not met by all at once. */
export function delayMs(candidateId: string, attempt: number, retry: RetryPolicy): number {
  const doubled = retry.firstDelayMs * 2 ** Math.min(attempt - 1, 30);
  const capped = Math.min(doubled, retry.maxDelayMs);
  let hash = 0x811c9dc5 ^ attempt;
  for (let at = 0; at < candidateId.length; at += 1) hash = Math.imul(hash ^ candidateId.charCodeAt(at), 0x01000193);
  return Math.round(capped * (1 + (hash >>> 0) / 2 ** 32 / 4));
}

/** The report of a settlement. Its id is a hash of what it says, so a repeat is recognised. */
export function reportOf(message: ChosenMessage, settlement: Settlement, reportedAtMs: number): MessageReported {
  const { outcome, code, attempt, providerId } = settlement;
  const { candidateId, personId, firingId, triggerId, messageId, channel, purpose, causedAtMs, chosenAtMs } = message;
  return {
    reportId: hashId('report', candidateId, String(attempt), outcome),
    candidateId,
    personId,
    firingId,
    triggerId,
    messageId,
    channel,
    purpose,
    outcome,
    code,
    attempt,
    providerId,
    reportedAtMs,
    causedAtMs,
    chosenAtMs,
  };
}
