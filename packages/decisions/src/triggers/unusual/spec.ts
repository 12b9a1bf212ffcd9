import type { TriggerTypeSpec } from '../trigger-type.ts';

export const unusualSpec: TriggerTypeSpec = {
  type: 'unusual',
  summary: 'Fires when a value lies far from what is usual for this very person.',
  fields: [
    { name: 'did', meaning: 'The events that have the value.', default: null },
    {
      name: 'value',
      meaning: 'An amount, such as properties.amount; an event without it is passed over.',
      default: null,
    },
    { name: 'direction', meaning: 'above or below the usual.', default: 'above' },
    { name: 'times', meaning: 'So many times the median (below: the median divided by it).', default: 'none' },
    { name: 'spreads', meaning: 'So many spreads (median absolute deviations) from the median.', default: 'none' },
    {
      name: 'afterAtLeast',
      meaning: 'How many earlier values there must be before anything is unusual.',
      default: '5',
    },
    { name: 'oncePer', meaning: 'What has a norm of its own, such as an account.', default: 'person' },
  ],
  example: [
    'kind: Trigger',
    'id: large-deposit',
    'when: { did: Money Deposited, value: properties.amount, times: 5, spreads: 4 }',
    'to: staff(advisor)',
    'send: talk-about-savings',
  ].join('\n'),
  hazards: [
    'Where all values are alike the spread is 0, and with `spreads` alone the smallest difference is unusual: give `times` too.',
    'An unusual value becomes part of the norm, as all do: median and spread hardly move for one, and follow when it becomes a habit.',
    'The norm is of the 32 latest values of a year that happened before the one that is judged; per person 8 keys have one.',
    'Imported history makes the norm known and fires nothing: import it first.',
  ],
};
