import { type JourneyInstance, type JourneySend, MAX_SENDS } from './instance.ts';
import { furthest, type SendOutcome } from './outcomes.ts';

type Sent = Pick<JourneyInstance, 'sends'>;

/** The last send of a message; undefined when it was not proposed, or long ago. */
export const latestSend = ({ sends }: Sent, message: string): JourneySend | undefined =>
  sends.findLast((send) => send.message === message);

/** With one more; the oldest is forgotten beyond the limit. */
export const withSend = (sends: Sent['sends'], send: JourneySend): Sent['sends'] =>
  sends.length < MAX_SENDS ? [...sends, send] : [...sends, send].slice(-MAX_SENDS);

/** Word of a send. Of a candidate that is not its own, or what was told before, changes nothing. */
export function withOutcome(
  instance: JourneyInstance,
  candidateId: string,
  { outcome, code }: { readonly outcome: SendOutcome; readonly code: string | null },
): JourneyInstance {
  const at = instance.sends.findIndex((send) => send.candidateId === candidateId);
  const send = instance.sends[at];
  if (send === undefined) return instance;
  const isNew = !send.outcomes.includes(outcome);
  if (!isNew && (code === null || code === send.code)) return instance;
  const told: JourneySend = {
    ...send,
    outcomes: isNew ? [...send.outcomes, outcome] : send.outcomes,
    code: code ?? send.code,
  };
  return { ...instance, sends: instance.sends.with(at, told) };
}

/** Outcomes that say why a message did not arrive, or not yet. */
const UNSENT: ReadonlySet<string> = new Set(['deferred', 'withdrawn', 'dropped', 'expired', 'failed', 'unknown']);

/** `sends` and `reasons` as a condition sees them: of each message the last send, and how far it has come. */
export function sendsSeen({ sends }: Sent): {
  readonly sends: Readonly<Record<string, SendOutcome>>;
  readonly reasons: Readonly<Record<string, string | null>>;
} {
  const outcomes: Record<string, SendOutcome> = {};
  const reasons: Record<string, string | null> = {};
  for (const send of sends) {
    const outcome = furthest(send.outcomes);
    outcomes[send.message] = outcome;
    reasons[send.message] = UNSENT.has(outcome) ? send.code : null;
  }
  return { sends: outcomes, reasons };
}
