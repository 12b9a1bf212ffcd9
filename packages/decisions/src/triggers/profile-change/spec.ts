import type { TriggerTypeSpec } from '../trigger-type.ts';

export const profileChangeSpec: TriggerTypeSpec = {
  type: 'profileChange',
  summary: 'Fires when a value of the profile becomes another one.',
  fields: [
    {
      name: 'changes',
      meaning: 'The value, such as profile.traits.plan: a text, a number, true or false.',
      default: null,
    },
    { name: 'from', meaning: 'A condition over the profile with the value as it was before.', default: 'none' },
    { name: 'to', meaning: 'A condition over the profile as it is now.', default: 'none' },
  ],
  example: [
    'kind: Trigger',
    'id: plan-downgraded',
    'when: { changes: profile.traits.plan, from: profile.traits.plan == "gold", to: profile.traits.plan == "free" }',
    'to: staff(success)',
    'send: ask-what-was-missing',
  ].join('\n'),
  hazards: [
    'The first value that is seen is no change, and a value that becomes unknown is none: the last one that was known is remembered.',
    'A person is watched from the first event on after the trigger goes live.',
    'The profile decides, in the order of the log: an event that comes late and changes it counts when it comes.',
    'Texts longer than 200 characters are told apart by their first 200.',
    'What a merge of two persons changes fires nothing.',
  ],
};
