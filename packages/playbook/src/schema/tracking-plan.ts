import { propertyTypes } from '@kairos/decisions';
import { z } from 'zod';
import { common } from './values.ts';

/** A name, and below objects and lists more of them: `address.city`, `products[].sku`. */
const PATH = /^[A-Za-z_$][\w$-]*(?:(?:\[\])?\.[A-Za-z_$][\w$-]*){0,4}$/;

const type = z.enum(propertyTypes);

/** `number`, or `{ type: number, required: true }`. */
export const plannedProperty = z
  .union([
    type,
    z.strictObject({
      type: type.describe('`datetime` is ISO 8601 text, or UTC ms.'),
      required: z
        .boolean()
        .default(false)
        .describe('Below an object or a list: required wherever that is there. `null` is missing.'),
      values: z
        .array(z.union([z.string(), z.number()]))
        .min(1, 'must name at least one value')
        .max(100)
        .optional()
        .describe('Only these; for texts and numbers.'),
      description: z.string().max(400).default('').describe('What it says.'),
    }),
  ])
  .transform((given) =>
    typeof given === 'string'
      ? { type: given, required: false, values: [], description: '' }
      : { ...given, values: given.values ?? [] },
  )
  .meta({ title: 'property' });

const plannedEvent = z
  .strictObject({
    description: z.string().max(400).default('').describe('When it is sent.'),
    properties: z
      .record(
        z.string().regex(PATH, 'must be a name, or a path such as address.city or products[].sku'),
        plannedProperty,
      )
      .default({})
      .describe('By name, or by path below objects and lists: `address.city`, `products[].sku`.'),
    otherProperties: z
      .enum(['allow', 'flag'])
      .default('allow')
      .describe('What becomes of properties that are not named here.'),
  })
  .meta({ title: 'planned event' });

export const trackingPlanSchema = z
  .strictObject({
    kind: z.literal('TrackingPlan'),
    ...common,
    events: z
      .record(z.string().min(1).max(200), plannedEvent)
      .describe('Events by name. Each event is planned in one plan.'),
  })
  .meta({
    title: 'TrackingPlan',
    description:
      'The agreed names and properties of events. Several may stand in a playbook, such as one per team; together they are the plan.',
  });

export type TrackingPlanInput = z.output<typeof trackingPlanSchema>;
