import type { Channel, Purpose, Scope } from '../definitions.ts';

/** What a rule looks at: a candidate on one channel, or a send. */
export interface Subject {
  readonly purpose: Purpose;
  readonly channel: Channel;
  readonly messageId: string;
}

/** Whether a rule counts this send. A rule without a purpose counts all. */
export const covers = (scope: Scope, { purpose, channel, messageId }: Subject): boolean =>
  (scope.purpose === null || scope.purpose === purpose) &&
  (scope.channels.length === 0 || scope.channels.includes(channel)) &&
  (scope.messages.length === 0 || scope.messages.includes(messageId));

/**
 * Whether a rule may hold this candidate back. A service message (receipt, security, law) is held back only by a rule that
 * says `purpose: service`; one without a purpose counts it and lets it pass.
 */
export const holds = (scope: Scope, subject: Subject): boolean =>
  covers(scope, subject) && (subject.purpose === 'marketing' || scope.purpose === 'service');
