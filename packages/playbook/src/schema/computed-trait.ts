import { computeKinds } from '@kairos/decisions';
import { z } from 'zod';
import { condition, expression } from './condition.ts';
import { common, duration, eventMatches } from './values.ts';

const NO_NAME: ReadonlySet<string> = new Set(['constructor', 'prototype']);

/** Written in conditions as it stands, so it must be a name there. */
const traitId = z
  .string()
  .regex(
    /^[a-z][a-z0-9_]{0,59}$/,
    'must be lower case letters, digits and underscores, at most 60, so that conditions can read profile.computed.<id>',
  )
  .refine((text) => !NO_NAME.has(text), 'is taken; choose another name')
  .meta({ title: 'id' });

export const computedTraitSchema = z
  .strictObject({
    kind: z.literal('ComputedTrait'),
    ...common,
    id: traitId.describe('Conditions and templates read it as `profile.computed.<id>`.'),
    of: eventMatches.describe('Such events are counted.'),
    where: condition.optional().describe('Only if this holds, over `event` and `properties`; for every event of `of`.'),
    compute: z
      .enum(computeKinds)
      .describe(
        'The number of events (`count`); of the values the `sum`, `average`, `min`, `max`, the `first` or the `last`, how many different ones there are (`distinct`), or the most frequent one (`top`).',
      ),
    value: expression
      .optional()
      .describe(
        'What is computed, such as `properties.total`; needed by all but `count`. Of a list, such as `properties.products.map(p, p.category)`, each of the first 100 elements is a value.',
      ),
    within: duration()
      .optional()
      .describe(
        'In this time before the event at hand, at most 365d; since the definition was published unless given.',
      ),
  })
  .superRefine(({ compute, value }, context) => {
    if (compute === 'count' && value !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['value'],
        message: 'must be left out with count, which counts events',
      });
    if (compute !== 'count' && value === undefined)
      context.addIssue({ code: 'custom', path: ['value'], message: 'is missing' });
  })
  .meta({
    title: 'ComputedTrait',
    description:
      'A value per person, computed from what their events say: a count, a sum, an average, the last, the most frequent.',
  });

export type ComputedTraitInput = z.output<typeof computedTraitSchema>;
