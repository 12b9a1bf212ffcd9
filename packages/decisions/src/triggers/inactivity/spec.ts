import type { TriggerTypeSpec } from '../trigger-type.ts';

export const inactivitySpec: TriggerTypeSpec = {
  type: 'inactivity',
  summary: 'Fires when nothing of a kind happened for a period.',
  fields: [
    { name: 'did', meaning: 'Events that count as activity.', default: 'any event of the customer' },
    { name: 'for', meaning: 'How long nothing happened.', default: null },
    {
      name: 'reentry',
      meaning: 'Whether it may fire again after the person came back and went again.',
      default: 'always',
    },
  ],
  example: [
    'kind: Trigger',
    'id: win-back',
    'when: { noneOf: any, for: 30d }',
    'audience: profile.orderCount > 0',
    'reentry: 90d',
    'send: we-miss-you',
  ].join('\n'),
  hazards: [
    'Imported history never starts the clock: a person is watched from the first live event on.',
    'With "any event" also what a server reports of the person counts, such as a delivery.',
  ],
};
