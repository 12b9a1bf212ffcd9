import { type ModelTree, readFeaturePath } from '@kairos/decisions';
import { z } from 'zod';
import { condition } from './condition.ts';
import { common, id, moment } from './values.ts';

const name = z
  .string()
  .regex(/^[A-Za-z][\w-]{0,39}$/, 'must be letters, digits, hyphens, at most 40')
  .meta({ title: 'name' });

const path = z
  .string()
  .transform((text, context) => {
    const read = readFeaturePath(text);
    if (read !== null) return read;
    context.addIssue({
      code: 'custom',
      message: 'must be a path such as profile.orderCount or profile.counters["Product Viewed"]',
    });
    return z.NEVER;
  })
  .meta({ title: 'path' });

const number = z.number();

const feature = z
  .strictObject({
    name: name.describe('How the tree and reports call it.'),
    value: path.optional().describe('The number itself, such as `profile.orderCount`; true counts as 1.'),
    daysSince: path.optional().describe('Or: how many days ago this time lies, such as `profile.lastOrderAtMs`.'),
    whenMissing: number.default(0).describe('Stands in for who has none. 0 unless given.'),
    log: z
      .boolean()
      .default(false)
      .describe('Takes sign(x) · ln(1 + |x|), so that a few large ones do not decide alone.'),
    mean: number.default(0).describe('Subtracted then. 0 unless given.'),
    sd: number.default(1).describe('What it is divided by then. 1 unless given.'),
  })
  .refine(({ value, daysSince }) => (value === undefined) !== (daysSince === undefined), {
    message: 'must have value or daysSince, and not both',
  });

const group = z.strictObject({
  id: id.describe('Of the segment that it is.'),
  description: z.string().max(400).default('').describe('Who is in it.'),
  centre: z
    .array(number)
    .optional()
    .describe('Of `kmeans`: one number per feature, on the scale of the model (logarithm, mean and sd taken).'),
});

type TreeInput = ModelTree;

// It holds itself by getters and has a name: the JSON Schema would make names up that mean something else in another kind.
const question = z.strictObject({
  feature: name.describe('Name of a feature.'),
  below: number.describe('Who is below this number …'),
  get ifBelow(): z.ZodType<TreeInput> {
    return way.describe('… goes this way,');
  },
  get otherwise(): z.ZodType<TreeInput> {
    return way.describe('and who is not goes this one.');
  },
});
const node: z.ZodType<TreeInput> = z
  .union([z.strictObject({ group: id.describe('Id of a group: here the questions end.') }), question])
  .meta({ id: 'ModelTree', title: 'tree' });
const way: z.ZodType<TreeInput> = z.union([node]).meta({ title: 'tree' });

export const modelSchema = z
  .strictObject({
    kind: z.literal('Model'),
    ...common,
    method: z.enum(['kmeans', 'tree']).describe('The nearest of several centres, or a tree of questions.'),
    where: condition
      .optional()
      .describe('Condition over `profile`: who is grouped. Everybody unless given; others are in no group.'),
    features: z.array(feature).min(1, 'must name at least one feature').describe('The numbers that it looks at.'),
    groups: z
      .array(group)
      .min(1, 'must name at least one group')
      .describe('Each is a segment: triggers, conditions and messages name it by its id.'),
    tree: node
      .optional()
      .describe(
        'Of `tree`: the first question, `{ feature, below, ifBelow, otherwise }`; each way is another one, or `{ group }`.',
      ),
    trained: z
      .strictObject({
        at: moment.describe('When.'),
        persons: z.number().int().min(1).describe('On how many.'),
        seed: z.number().int().min(0).describe('Same data and seed, same model.'),
        quality: z.number().describe('Mean silhouette of k-means; accuracy of a tree on persons that it had not seen.'),
      })
      .optional()
      .describe('What the training told; nothing is decided by it.'),
  })
  .superRefine(({ method, tree, groups }, context) => {
    const says = (at: (string | number)[], message: string) => context.addIssue({ code: 'custom', path: at, message });
    if (method === 'kmeans' && tree !== undefined) says(['tree'], 'is for method: tree');
    if (method === 'tree' && tree === undefined) says([], 'has method: tree and no tree');
    groups.forEach(({ centre }, at) => {
      if (method === 'kmeans' && centre === undefined)
        says(['groups', at], 'has no centre, and method: kmeans needs one');
      if (method === 'tree' && centre !== undefined) says(['groups', at, 'centre'], 'is for method: kmeans');
    });
  })
  .meta({
    title: 'Model',
    description:
      'Segments that were learned (`kairos segments fit`). Asked at each of the person’s own events, like segments by rule, and before them.',
  });

export type ModelInput = z.output<typeof modelSchema>;
