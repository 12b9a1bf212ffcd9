import type { TriggerTypeSpec } from '../trigger-type.ts';

export const absenceSpec: TriggerTypeSpec = {
  type: 'absence',
  summary: 'Fires when something was done and something else was not, within a window.',
  fields: [
    { name: 'did', meaning: 'The event that starts the wait.', default: null },
    { name: 'butNot', meaning: 'Events that end it; all that happened before they did are settled.', default: null },
    { name: 'within', meaning: 'How long to wait.', default: null },
    { name: 'clock', meaning: 'restartsOnRepeat or startsOnFirst.', default: 'startsOnFirst' },
    {
      name: 'atLatestAfter',
      meaning: 'Latest moment after the first event, however often it repeats.',
      default: 'none',
    },
    { name: 'grace', meaning: 'Waited beyond the window for what other devices still bring.', default: '15s' },
    { name: 'oncePer', meaning: 'What one instance is; several may run for one person.', default: 'person' },
  ],
  example: [
    'kind: Trigger',
    'id: cart-left',
    'when: { did: Product Added, butNot: [Order Completed], within: 1h, clock: restartsOnRepeat, atLatestAfter: 24h }',
    'oncePer: [properties.cart_id, person]',
    'send: cart-reminder',
  ].join('\n'),
  hazards: [
    'An event without the `oncePer` property concerns all open instances of the person.',
    'A source that stands still holds time back, and with it every firing: late is safe, early is not.',
  ],
};
