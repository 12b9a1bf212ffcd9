import type { Channel, Purpose, Scope } from '../definitions.ts';

/** What a rule looks at: a candidate on one channel, or a send. */
export interface Subject {
  readonly purpose: Purpose;
  readonly channel: Channel;
  readonly messageId: string;
}

/**
 * Whether a rule is about this message on this channel. A rule without a purpose is about marketing: service messages
 * (receipts, security, law) are held or counted only by a rule that says `purpose: service`.
 */
export const covers = (scope: Scope, { purpose, channel, messageId }: Subject): boolean =>
  (scope.purpose ?? 'marketing') === purpose &&
  (scope.channels.length === 0 || scope.channels.includes(channel)) &&
  (scope.messages.length === 0 || scope.messages.includes(messageId));
