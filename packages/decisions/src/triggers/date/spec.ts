import type { TriggerTypeSpec } from '../trigger-type.ts';

export const dateSpec: TriggerTypeSpec = {
  type: 'date',
  summary: 'Fires at a date of the person or of something they did, on the clock on their wall.',
  fields: [
    { name: 'on', meaning: 'The date: below profile, or with did below properties.', default: null },
    { name: 'did', meaning: 'The events that tell the date; the latest that happened counts.', default: 'none' },
    { name: 'yearly', meaning: 'Whether it comes again each year.', default: 'false' },
    { name: 'offset', meaning: 'Whole days or weeks from the date, such as -30d.', default: 'none' },
    { name: 'at', meaning: 'The time of day in the person’s zone.', default: '09:00' },
    { name: 'oncePer', meaning: 'With did: what has a date of its own, such as a contract.', default: 'person' },
  ],
  example: [
    'kind: Trigger',
    'id: birthday',
    "when: { on: profile.traits.birthday, yearly: true, at: '09:00' }",
    'send: happy-birthday',
  ].join('\n'),
  hazards: [
    'A person’s date becomes known with their next event after the trigger goes live, an imported one included; it never fires for a moment that had passed by then.',
    'The date is taken as written (2026-03-05, also with a time behind it; --03-05 for each year); a number is UTC ms and means the day in the person’s zone.',
    'On 29 February: in common years the 28th.',
    'Where the person has moved to another zone, the clock there counts; no date fires twice for it.',
    'Per person 64 dates are kept; the one due last gives way.',
  ],
};
