import type { TriggerTypeSpec } from '../trigger-type.ts';

export const segmentSpec: TriggerTypeSpec = {
  type: 'segment',
  summary: 'Fires when a person enters or leaves a segment.',
  fields: [
    { name: 'enters', meaning: 'The segment that is entered. Either this or leaves.', default: null },
    { name: 'leaves', meaning: 'The segment that is left.', default: null },
    { name: 'reentry', meaning: 'Whether it may fire again when the person comes or goes again.', default: 'always' },
  ],
  example: [
    'kind: Trigger',
    'id: becomes-at-risk',
    'when: { enters: at-risk }',
    'reentry: 30d',
    'send: a-word-of-care',
  ].join('\n'),
  hazards: [
    'Segments are looked at with each event of a person: one that depends on the passing of time is entered with the next event, not before.',
    'When a segment is published or changed, whoever fulfils it enters with the next event. Publish the segment first and the trigger later, or give it a pilot.',
    'What a merge of two persons brings into a segment fires nothing.',
  ],
};
