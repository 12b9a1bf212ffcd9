import { type EnrichedEvent, type Feedback, type TaskOutcome, taskEvents } from '@kairos/contracts';
import { own, parseObject } from '../profiles/json.ts';

/**
 * What can become of a send, from its proposal to the person's answer. Decided and reported come as feedback; all after
 * `accepted` are events of the person that carry the candidate's id.
 */
export const sendOutcomes = [
  'proposed',
  'deferred',
  'chosen',
  'withdrawn',
  'dropped',
  'expired',
  'failed',
  'unknown',
  'accepted',
  'delivered',
  'opened',
  'dismissed',
  'clicked',
  'replied',
  'completed',
  'declined',
  'unsubscribed',
  'bounced',
  'complained',
] as const;
export type SendOutcome = (typeof sendOutcomes)[number];

/** By how far it has come; of two outcomes the later one in the list says more, in whatever order they arrive. */
const ranks = new Map<string, number>(sendOutcomes.map((outcome, rank) => [outcome, rank]));

export const isSendOutcome = (text: string): text is SendOutcome => ranks.has(text);

export const furthest = (outcomes: readonly SendOutcome[]): SendOutcome => {
  let most: SendOutcome = 'proposed';
  for (const one of outcomes) if ((ranks.get(one) ?? 0) > (ranks.get(most) ?? 0)) most = one;
  return most;
};

/** What an outcome says of those before it: who clicks has opened, though no image told of it. */
const impliedBy: Readonly<Partial<Record<SendOutcome, readonly SendOutcome[]>>> = {
  accepted: [
    'delivered',
    'opened',
    'dismissed',
    'clicked',
    'replied',
    'completed',
    'declined',
    'unsubscribed',
    'complained',
  ],
  delivered: ['opened', 'dismissed', 'clicked', 'replied', 'unsubscribed', 'complained'],
  opened: ['dismissed', 'clicked', 'replied'],
};

/** Whether a send has come as far as `asked`. */
export const hasOutcome = (outcomes: readonly SendOutcome[], asked: SendOutcome): boolean =>
  outcomes.includes(asked) || (impliedBy[asked]?.some((one) => outcomes.includes(one)) ?? false);

/** Outcomes before the hand-over: whatever else is said, there is nothing to take back any more. */
const UNDECIDED: ReadonlySet<string> = new Set(['proposed', 'deferred', 'chosen']);

/** Whether a proposal may still be taken back. */
export const mayBeTakenBack = (outcomes: readonly SendOutcome[]): boolean =>
  outcomes.every((outcome) => UNDECIDED.has(outcome));

/** The outcome that a feedback tells of; null for fates of a newer writer. */
export const outcomeOfFeedback = ({ fate }: Pick<Feedback, 'fate'>): SendOutcome | null =>
  isSendOutcome(fate) ? fate : null;

/** How names of events about a message begin; an `Order Completed` that names the candidate is no answer to it. */
const ABOUT_MESSAGE = /^(?:(?:Email|Sms|SMS|Push|Onsite|In-App|WhatsApp|Message|Task|Call) |Unsubscribed$)/;

/** How they end, as senders of all kinds use them (`Email Link Clicked`, `Push Notification Tapped`). */
const byLastWord: Readonly<Record<string, SendOutcome>> = {
  Sent: 'accepted',
  Delivered: 'delivered',
  Opened: 'opened',
  Seen: 'opened',
  Dismissed: 'dismissed',
  Clicked: 'clicked',
  Tapped: 'clicked',
  Replied: 'replied',
  Completed: 'completed',
  Declined: 'declined',
  Unsubscribed: 'unsubscribed',
  // After the hand-over: the provider could not bring it.
  Bounced: 'bounced',
  Undelivered: 'bounced',
  Failed: 'bounced',
  Complained: 'complained',
  Spam: 'complained',
};

/** What staff said of a task, in the words that every channel shares. */
const byTaskOutcome: Readonly<Record<TaskOutcome, SendOutcome>> = {
  done: 'completed',
  reached: 'completed',
  interested: 'completed',
  notReached: 'bounced',
  notInterested: 'declined',
  notSuitable: 'declined',
};

function outcomeOfTask(properties: string): SendOutcome {
  const said = own(parseObject(properties), 'outcome');
  return (
    (typeof said === 'string' && Object.hasOwn(byTaskOutcome, said) && byTaskOutcome[said as TaskOutcome]) ||
    'completed'
  );
}

/** The outcome that an event about a send tells of; null when it tells of none. A machine that follows links is no answer. */
export function outcomeOfEvent({ name, properties }: Pick<EnrichedEvent, 'name' | 'properties'>): SendOutcome | null {
  if (!ABOUT_MESSAGE.test(name)) return null;
  if (name === taskEvents.done) return outcomeOfTask(properties);
  const word = name.slice(name.lastIndexOf(' ') + 1);
  const outcome = Object.hasOwn(byLastWord, word) ? byLastWord[word] : undefined;
  if (outcome === undefined || (outcome === 'clicked' && properties.includes('"suspectedBot":true'))) return null;
  return outcome;
}
