import {
  type ConditionLeaf,
  type ConditionOp,
  type ConditionTree,
  conditionOps,
  conditionTextOf,
  conditionTreeOf,
  fieldFault,
} from '@kairos/decisions';
import { z } from 'zod';

const ops = Object.keys(conditionOps) as [ConditionOp, ...ConditionOp[]];

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const leaf = z
  .strictObject({
    field: z.string().describe('What is looked at, such as `profile.traits.plan`.'),
    op: z.enum(ops).describe('What is asked of it.'),
    value: z
      .union([scalar, z.array(scalar).min(1).max(200)])
      .optional()
      .describe('What it is compared with: a list for `in` and `notIn`, nothing for `exists` and `missing`.'),
  })
  .superRefine((given, context) => {
    const fault = fieldFault(given.field);
    if (fault !== null) {
      const message = `${fault}: write a path such as profile.traits.plan`;
      context.addIssue({ code: 'custom', path: ['field'], message });
    }
    const wrong = valueFault(given);
    if (wrong !== null) context.addIssue({ code: 'custom', path: ['value'], message: wrong });
  });

function valueFault({ op, value }: z.output<typeof leaf>): string | null {
  const { takes } = conditionOps[op];
  if (takes === 'nothing') return value === undefined ? null : `must be left out with ${op}`;
  if (value === undefined) return `is missing: ${op} needs one`;
  if (takes === 'list') return Array.isArray(value) ? null : `must be a list with ${op}`;
  if (Array.isArray(value)) return `must be one value with ${op}; in takes a list`;
  if (takes === 'text') return typeof value === 'string' ? null : `must be a text with ${op}`;
  const isOrdered = typeof value === 'string' || typeof value === 'number';
  return takes === 'ordered' && !isOrdered ? `must be a number or a text with ${op}` : null;
}

/** A part must be an expression of its own: half of one would take its neighbours in. */
const textPart = z.string().superRefine((given, context) => {
  try {
    conditionTreeOf(given);
  } catch (error) {
    const message = error instanceof Error ? error.message : 'is no expression';
    context.addIssue({ code: 'custom', message: `is no expression of its own: ${message}` });
  }
});

const text = z.string().min(1, 'must not be empty');
const parts = () => z.array(part).min(1, 'must have at least one part').max(100);

// It holds itself by getters and has a name: the JSON Schema would make names up that mean something else in another kind.
const group: z.ZodType<Exclude<ConditionTree, string>> = z
  .union([
    z.strictObject({
      get all(): z.ZodType<readonly ConditionTree[]> {
        return parts().describe('All of these must hold.');
      },
    }),
    z.strictObject({
      get any(): z.ZodType<readonly ConditionTree[]> {
        return parts().describe('One of these must hold.');
      },
    }),
    z.strictObject({
      get not(): z.ZodType<ConditionTree> {
        return part.describe('This must not hold.');
      },
    }),
    leaf,
  ])
  .meta({ id: 'ConditionTree', title: 'condition as a tree' });
const part: z.ZodType<ConditionTree> = z.union([textPart, group]).meta({ title: 'condition' });

/** A CEL expression, or a tree of comparisons, which becomes one; checked for names and types by the lint, not here. */
export const condition = z
  .union([text, group])
  .transform((given) => conditionTextOf(given))
  .meta({ title: 'condition' });

/** A CEL expression that gives a value. */
export const expression = z.string().min(1, 'must not be empty').meta({ title: 'expression' });

/** A comparison of a tree in a definition as it was written, and where it stands. */
export interface PlacedLeaf {
  readonly path: readonly (string | number)[];
  readonly leaf: ConditionLeaf | string;
}

/** The comparisons and texts of all trees in what people wrote. What is no tree is walked through. */
export function leavesIn(value: unknown, path: PlacedLeaf['path'] = []): readonly PlacedLeaf[] {
  const found: PlacedLeaf[] = [];
  walk(value, { path, isInTree: false, found });
  return found;
}

interface Walk {
  readonly path: PlacedLeaf['path'];
  readonly isInTree: boolean;
  readonly found: PlacedLeaf[];
}

function walk(value: unknown, { path, isInTree, found }: Walk): void {
  if (typeof value === 'string' && isInTree) found.push({ path, leaf: value });
  if (typeof value !== 'object' || value === null) return;
  const isLeaf = !Array.isArray(value) && 'field' in value && 'op' in value;
  if (isLeaf) found.push({ path, leaf: value as ConditionLeaf });
  else
    for (const [key, inner] of Object.entries(value)) {
      const name = Array.isArray(value) ? Number(key) : key;
      const isPart = Array.isArray(value) ? isInTree : key === 'all' || key === 'any' || key === 'not';
      walk(inner, { path: [...path, name], isInTree: isPart, found });
    }
}
