import type { TriggerTypeSpec } from '../trigger-type.ts';

export const eventSpec: TriggerTypeSpec = {
  type: 'event',
  summary: 'Fires at once when one event matches.',
  fields: [
    { name: 'did', meaning: 'The event, or a list of events of which each fires.', default: null },
    { name: 'where', meaning: 'A condition over event, properties, profile and segments.', default: 'none' },
    { name: 'oncePer', meaning: 'What one instance is: a property, or the person.', default: 'person' },
    { name: 'reentry', meaning: 'Whether it may fire again for the same instance.', default: 'always' },
  ],
  example: [
    'kind: Trigger',
    'id: pricing-viewed',
    'when: { did: Page Viewed, where: "properties.path == \'/pricing\'" }',
    'audience: profile.orderValue > 1000',
    'reentry: 7d',
    'send: pricing-follow-up',
  ].join('\n'),
  hazards: [
    'With reentry `always` every match proposes a message: contact rules are then the only brake.',
    'The profile is the one after the event was applied: the first order sees orderCount 1.',
  ],
};
