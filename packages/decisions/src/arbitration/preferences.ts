import type { Channel } from '../definitions.ts';
import type { Case, Stop } from './gates.ts';
import { statedOf } from './wish.ts';

/** The channels in the order that the person has stated; those of which they said nothing follow in the message's own. */
export function inStatedOrder(channels: readonly Channel[], { state, isStaff }: Case): readonly Channel[] {
  const stated = isStaff ? null : statedOf(state.contact);
  if (stated === null || stated.channels.length === 0) return channels;
  const first = stated.channels.filter((one): one is Channel => channels.includes(one as Channel));
  return [...first, ...channels.filter((one) => !first.includes(one))];
}

/** Does the person want to hear of this. One topic that is switched off is enough; what a customer must be told goes out. */
export function topicGate({ proposal, playbook, purpose, state }: Case): Stop | null {
  if (purpose === 'service') return null;
  const topics = playbook.messages.get(proposal.messageId)?.topics ?? [];
  const stated = topics.length === 0 ? null : statedOf(state.contact);
  const topic = topics.find((one) => stated?.topics[one] === false);
  if (topic === undefined) return null;
  return { gate: 'topic', code: 'TOPIC_NOT_WANTED', untilMs: null, numbers: { topic }, fallsBack: false };
}
