import { expect, it } from '@jest/globals';
import { type DueHomeEvent, trackCall } from './home-sender.ts';

it.each([
  ['user:42', { userId: '42' }],
  ['anon:b1', { anonymousId: 'b1' }],
  ['email:ada@shop.test', { context: { traits: { email: 'ada@shop.test' } } }],
  ['phone:+49301234', { context: { traits: { phone: '+49301234' } } }],
  ['card:63400412', { context: { traits: { cardNumber: '63400412' } } }],
])('what comes back of a message to %s names its person as a client would', (personId, ids) => {
  const message = { personId, candidateId: 'c' } as DueHomeEvent['message'];
  const due = { eventId: 'e', name: 'Email Opened', occurredAtMs: 0, properties: {}, attempt: 1, message };
  expect(trackCall(due)).toMatchObject({ type: 'track', event: 'Email Opened', messageId: 'e', ...ids });
});
