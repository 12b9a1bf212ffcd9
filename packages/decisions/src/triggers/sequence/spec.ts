import type { TriggerTypeSpec } from '../trigger-type.ts';

export const sequenceSpec: TriggerTypeSpec = {
  type: 'sequence',
  summary: 'Fires when one event follows another, in the order in which they happened, within a window.',
  fields: [
    { name: 'did', meaning: 'The first event.', default: null },
    { name: 'then', meaning: 'The events that follow, in order. Others may come between.', default: null },
    { name: 'within', meaning: 'The longest time from the first to the last.', default: null },
    { name: 'butNot', meaning: 'Events that must not come between the first and the last.', default: 'none' },
    {
      name: 'oncePer',
      meaning: 'What belongs together. A later event without it may belong to any, the first belongs to its own.',
      default: 'person',
    },
  ],
  example: [
    'kind: Trigger',
    'id: about-to-finance',
    'when: { did: Product Searched, then: [Products Compared, Financing Viewed], within: 2h, butNot: [Order Completed] }',
    'send: financing-advice',
  ].join('\n'),
  hazards: [
    'Time decides, not arrival: an event that comes late completes a sequence in which it lay in the middle, and one of butNot that comes late takes the proposal back.',
    'Whatever comes of it, a sequence that is complete is spent: the next begins after its last event.',
    'Per person 256 events and 64 keys are kept; the oldest go first.',
    'The merge of two persons starts nothing; the next event that completes a sequence sees the events of both.',
  ],
};
