/** Services that may emit a reason. */
export type ReasonEmitter = 'profile-enricher' | 'trigger-detector' | 'arbitration' | 'channel-dispatchers';

export interface Reason {
  readonly emitters: readonly ReasonEmitter[];
  /** A sentence that a marketer understands. `{name}` is filled from the decision's numbers where present. */
  readonly sentence: string;
  /** What to do about it, where somebody can do something. */
  readonly remedy?: string;
}

const detector = ['trigger-detector'] as const;
const arbitration = ['arbitration'] as const;
const dispatchers = ['channel-dispatchers'] as const;
const late = ['arbitration', 'channel-dispatchers'] as const;

/** The closed list of reasons why something was not started, not chosen or not sent. */
export const reasons = {
  NOT_IN_AUDIENCE: { emitters: detector, sentence: 'The person is not in the audience of this trigger.' },
  REENTRY_WAIT: {
    emitters: detector,
    sentence: 'The trigger fired for this person before and may not fire again yet.',
  },
  ALREADY_ACTIVE: {
    emitters: detector,
    sentence: 'The trigger or the journey is already under way for this person and this key.',
  },
  TOO_MANY_INSTANCES: {
    emitters: detector,
    sentence: 'As many instances of the trigger or the journey as one person may have are under way.',
  },
  JOURNEY_PAUSED: { emitters: detector, sentence: 'The journey is paused.' },
  JOURNEY_UNKNOWN: {
    emitters: detector,
    sentence: 'The version of the journey that the person entered is not known any more.',
    remedy: 'Keep the definitions on playbook.published for as long as a journey may last.',
  },
  OUTSIDE_SCHEDULE: { emitters: detector, sentence: 'The trigger is not active at this time.' },
  EVENT_TOO_OLD: { emitters: detector, sentence: 'The event happened too long ago to start a conversation.' },
  BACKFILL: {
    emitters: detector,
    sentence: 'The event came from an import of history and never starts a conversation.',
  },
  DUPLICATE_EVENT: { emitters: ['profile-enricher'], sentence: 'The same event had come before.' },
  EVENT_NONCONFORMING: {
    emitters: ['profile-enricher'],
    sentence: 'The event does not conform to the tracking plan, and its source refuses such events.',
    remedy: 'Correct it at the source, or the tracking plan; then kairos dead-letters replay lets it take effect.',
  },
  DEFINITION_FAILED: {
    emitters: detector,
    sentence: 'A condition of the trigger or its journey could not be evaluated, and counted as not true.',
    remedy: 'Correct the condition that the evidence names: ask for a value of the type that the events carry.',
  },
  TRIGGER_PAUSED: { emitters: detector, sentence: 'The trigger is paused.' },
  NO_CONSENT: {
    emitters: arbitration,
    sentence: 'There is no consent for {purpose} by {channel}.',
    remedy: 'Send a Consent Given event from a server source, or let the source assume consent in the playbook.',
  },
  TOPIC_NOT_WANTED: {
    emitters: arbitration,
    sentence: 'The person has said that they do not want to hear of {topic}.',
    remedy: 'Respect it; only the person can switch the topic on again, with a Preferences Stated event.',
  },
  NO_ADDRESS: {
    emitters: arbitration,
    sentence: 'No address is known for {channel}.',
    remedy: 'Send the address as a trait from a server source.',
  },
  ADDRESS_SUPPRESSED: { emitters: late, sentence: 'The address is on the suppression list.' },
  SHARED_ADDRESS_DUPLICATE: {
    emitters: arbitration,
    sentence: 'Somebody else with the same address got this message.',
  },
  PROFILE_ERASED: { emitters: late, sentence: 'The person asked to be forgotten.' },
  NOT_ELIGIBLE: { emitters: arbitration, sentence: 'The person may not get this message.' },
  NOT_APPLICABLE: { emitters: arbitration, sentence: 'The message is not relevant to the person now.' },
  NOT_SUITABLE: { emitters: arbitration, sentence: 'The message is not in the person’s interest.' },
  BLOCKED: {
    emitters: ['trigger-detector', 'arbitration'],
    sentence: 'After “{event}” nothing of this kind is sent until {until} (rule {rule}).',
  },
  BLOCK_RULE_FAILED: {
    emitters: arbitration,
    sentence:
      'Rule {rule} failed: its condition could not be evaluated on “{event}”, so nothing that it may block is sent until {until}.',
    remedy: 'Correct the condition of the rule: ask for a value of the type that the events carry.',
  },
  INCOMPATIBLE_WITH: { emitters: arbitration, sentence: 'The message does not go with {other}.' },
  CAP_REACHED: {
    emitters: arbitration,
    sentence:
      'Rule {rule} allows {limit} and {count} were already sent or reserved; there is room again at {resetsAt}.',
  },
  COOLDOWN: { emitters: arbitration, sentence: 'Rule {rule} asks for a pause after the last message, until {until}.' },
  RESERVED_FOR_HIGHER: { emitters: arbitration, sentence: 'The slot is kept for the more important {winner}.' },
  QUIET_HOURS: {
    emitters: arbitration,
    sentence: 'It is night where the person lives ({zone}); quiet hours end at {until}.',
  },
  VOLUME_EXHAUSTED: { emitters: arbitration, sentence: 'The volume for this message is used up.' },
  BUDGET_EXHAUSTED: { emitters: arbitration, sentence: 'The budget is used up.' },
  RATE_LIMITED: { emitters: late, sentence: 'The provider takes no more at the moment.' },
  OUTRANKED: { emitters: arbitration, sentence: '{winner} came first: it is ahead by {gap}.' },
  BELOW_THRESHOLD: { emitters: arbitration, sentence: 'The score is below the threshold.' },
  RAMP: { emitters: arbitration, sentence: 'The message is new and sent to few people at first.' },
  HOLDOUT: {
    emitters: arbitration,
    sentence: 'The person is in the control group ({group}) and would have got this message.',
  },
  ZONE_UNKNOWN: { emitters: arbitration, sentence: 'The person’s time zone is unknown.' },
  EXITED: {
    emitters: ['trigger-detector', 'arbitration', 'channel-dispatchers'],
    sentence: '“{event}” made the message pointless before it was sent.',
  },
  GOAL_REACHED: {
    emitters: ['trigger-detector', 'arbitration', 'channel-dispatchers'],
    sentence: 'The person reached the goal before the message was sent.',
  },
  NO_LONGER_ELIGIBLE: { emitters: late, sentence: 'The person was eligible when it was proposed and is not any more.' },
  EXPIRED: { emitters: late, sentence: 'The message was not sent before it expired.' },
  UNSUBSCRIBED: { emitters: dispatchers, sentence: 'The person unsubscribed before the message was handed over.' },
  TEMPLATE_ERROR: {
    emitters: dispatchers,
    sentence: 'The template could not be rendered.',
    remedy: 'Correct the template and publish again.',
  },
  TEMPLATE_ABORT: { emitters: dispatchers, sentence: 'The template asked not to send.' },
  DATA_UNAVAILABLE: { emitters: late, sentence: 'Data that the message needs was not there.' },
  PROVIDER_REJECTED: { emitters: dispatchers, sentence: 'The provider refused the message.' },
  RETRIES_EXHAUSTED: { emitters: dispatchers, sentence: 'The provider could not be reached in time.' },
  HAND_OVER_UNKNOWN: {
    emitters: dispatchers,
    sentence: 'The hand-over was interrupted; nobody knows whether it arrived, and it is not repeated.',
  },
  NO_CHANNEL: {
    emitters: arbitration,
    sentence: 'The message has no content for any channel that the person can be reached on.',
  },
  CHANNEL_NOT_CONFIGURED: {
    emitters: late,
    sentence: 'The company has no {channel} set up.',
    remedy:
      'Set the channel up (for texts the SMS_ settings of channel-dispatchers), or leave it out of the company’s channels in the playbook, so that a message takes its next channel.',
  },
  MESSAGE_MISSING: { emitters: late, sentence: 'The playbook has no message of this name.' },
  CONTACT_STATE_UNAVAILABLE: {
    emitters: arbitration,
    sentence: 'What the person got lately could not be known, so nothing was sent.',
  },
  MOVED: {
    emitters: arbitration,
    sentence: 'The person is now known as {to}; the message is weighed again there.',
  },
  STOPPED_BY_OPERATOR: {
    emitters: ['trigger-detector', 'arbitration', 'channel-dispatchers'],
    sentence: 'An operator stopped sending.',
  },
} as const satisfies Record<string, Reason>;

export type ReasonCode = keyof typeof reasons;

/** Whether `code` is on the closed list. */
export const isReasonCode = (code: string): code is ReasonCode => Object.hasOwn(reasons, code);

/**
 * The sentence of a code, with the decision's numbers filled in. A number that is missing reads as “…”, so a sentence
 * never shows a bare placeholder.
 */
export function explainReason(code: string, numbers: Readonly<Record<string, unknown>> = {}): string {
  if (!isReasonCode(code)) return `Unknown reason ${code}.`;
  const sentence: string = reasons[code].sentence;
  return sentence.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = numbers[name];
    return value === undefined || value === null ? '…' : String(value);
  });
}
