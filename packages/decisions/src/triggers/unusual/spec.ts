import type { TriggerTypeSpec } from '../trigger-type.ts';

export const unusualSpec: TriggerTypeSpec = {
  type: 'unusual',
  summary:
    'Fires when a value, or how often something happens in a period, lies far from what is usual for this very person.',
  fields: [
    { name: 'did', meaning: 'The events that have the value, or are counted.', default: null },
    {
      name: 'value',
      meaning: 'An amount, such as properties.amount; an event without it is passed over. Or perPeriod, or per.',
      default: null,
    },
    {
      name: 'perPeriod',
      meaning: 'Instead of value: how many events there are in each period of this length, from the first event on.',
      default: null,
    },
    {
      name: 'per',
      meaning: 'Instead of value: how many there are in each day, week (from Monday) or month of a calendar.',
      default: null,
    },
    { name: 'zone', meaning: 'Whose calendar: person or company.', default: 'person' },
    { name: 'direction', meaning: 'above or below the usual.', default: 'above' },
    { name: 'times', meaning: 'So many times the median (below: the median divided by it).', default: 'none' },
    { name: 'spreads', meaning: 'So many spreads (median absolute deviations) from the median.', default: 'none' },
    {
      name: 'afterAtLeast',
      meaning: 'How many earlier values, or periods, there must be before anything is unusual.',
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
    'Counted `above` the usual, a period is told once, at the event that makes it so; `below`, when it ends, with none at all in it, too. Of a silence that goes on only the first empty period is told. What cancels in a period, or after it, keeps it from being told.',
    'Periods follow each other without a gap, and empty ones count in the norm: what happens less than every other period is usually 0, of which there are no multiples. The first period of a calendar is mostly a part of one.',
    'Of counted events the 64 that came last are known again when they are repeated; per person 8 keys and 32 earlier periods of a year are kept. After a move to another zone one period is up to a day longer or shorter.',
    'Imported history makes the norm known and fires nothing: import it first.',
  ],
};
