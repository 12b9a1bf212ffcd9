import type { TriggerTypeSpec } from '../trigger-type.ts';

export const countSpec: TriggerTypeSpec = {
  type: 'count',
  summary: 'Fires when events, the sum of a value or its different values reach a limit within a window.',
  fields: [
    { name: 'did', meaning: 'The events that are counted.', default: null },
    { name: 'atLeast', meaning: 'The limit.', default: null },
    { name: 'of', meaning: 'What must reach it: count, sum or distinct.', default: 'count' },
    { name: 'value', meaning: 'What is summed or told apart; an event without it is not counted.', default: 'none' },
    { name: 'within', meaning: 'Any period of this length, counted back from each event.', default: null },
    {
      name: 'per',
      meaning: 'Instead of within: the days, weeks (from Monday) or months of a calendar.',
      default: null,
    },
    { name: 'zone', meaning: 'Whose calendar: person or company.', default: 'person' },
    { name: 'oncePer', meaning: 'What is counted apart. An event without it counts for itself.', default: 'person' },
  ],
  example: [
    'kind: Trigger',
    'id: looked-three-times',
    'when: { did: Product Viewed, atLeast: 3, within: 24h }',
    'oncePer: properties.product_id',
    'cancelOn: Order Completed',
    'send: still-interested',
  ].join('\n'),
  hazards: [
    'Whatever comes of it, a limit that is reached is spent: counting starts anew after the last event that was counted. So an import that reaches it is recorded as BACKFILL, and the next live event is the first of a new count.',
    'Per person 256 counted events and 64 keys are kept; the oldest go first.',
    'The merge of two persons starts nothing: the next event that is counted sees the events of both.',
  ],
};
