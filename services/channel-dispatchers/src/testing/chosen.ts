import type { ChosenMessage } from '@kairos/contracts';
import type { ChannelContent } from '@kairos/decisions';
import type { RenderTemplate, TemplateView } from '../ports.ts';

/** A chosen message for tests; nothing in it is real. */
export const chosenMessage = (over: Partial<ChosenMessage> = {}): ChosenMessage => ({
  candidateId: 'c-1',
  personId: 'user:42',
  firingId: 'f-1',
  triggerId: 'cart-left',
  messageId: 'cart-reminder',
  channel: 'email',
  purpose: 'marketing',
  audience: 'customer',
  address: 'ada@example.com',
  proposedAtMs: 1_000,
  causedAtMs: 900,
  chosenAtMs: 1_100,
  expiresAtMs: 4_102_444_800_000,
  evidence: '{}',
  profile: '{"firstName":"Ada"}',
  zone: 'UTC',
  playbookOffset: 0,
  playbookVersion: 'v1',
  ...over,
});

export const view: TemplateView = { profile: { firstName: 'Ada' } };

const deliver = 'atMostOnce' as const;
export const emailContent = (over: Partial<Extract<ChannelContent, { channel: 'email' }>> = {}) =>
  ({ channel: 'email', subject: 'Hello', html: '<p>Hello</p>', deliver, ...over }) as const;
export const smsContent = (over: Partial<Extract<ChannelContent, { channel: 'sms' }>> = {}) =>
  ({ channel: 'sms', text: 'Hello', deliver, ...over }) as const;
export const webhookContent = (over: Partial<Extract<ChannelContent, { channel: 'webhook' }>> = {}) =>
  ({ channel: 'webhook', url: 'https://hooks.example.com/x', body: '{"hello":true}', deliver, ...over }) as const;
export const onsiteContent = (over: Partial<Extract<ChannelContent, { channel: 'onsite' }>> = {}) =>
  ({ channel: 'onsite', slot: 'header', html: '<p>Hello</p>', deliver, ...over }) as const;
export const taskContent = (over: Partial<Extract<ChannelContent, { channel: 'task' }>> = {}) =>
  ({
    channel: 'task',
    title: 'Call',
    action: 'Call them',
    why: 'They asked',
    avoid: 'Nothing',
    deliver,
    ...over,
  }) as const;

/** Templates as they are written, for tests that are not about templates. */
export const plain: RenderTemplate = (template) => template;
