import type { z } from 'zod';
import { nearest } from '../lint-issue.ts';
import { computedTraitSchema } from './computed-trait.ts';
import { journeySchema } from './journey.ts';
import { messageSchema } from './message.ts';
import { modelSchema } from './model.ts';
import {
  blockRule,
  capRule,
  companySchema,
  contactRuleSchema,
  cooldownRule,
  segmentSchema,
  sourceSchema,
} from './rules.ts';
import { trackingPlanSchema } from './tracking-plan.ts';
import { triggerSchema } from './trigger.ts';
import { whenForms } from './when.ts';

/** The schema of each kind, in the order of the reference page. */
export const schemas = {
  Trigger: triggerSchema,
  Journey: journeySchema,
  Message: messageSchema,
  ContactRule: contactRuleSchema,
  Segment: segmentSchema,
  Model: modelSchema,
  ComputedTrait: computedTraitSchema,
  Source: sourceSchema,
  TrackingPlan: trackingPlanSchema,
  Company: companySchema,
} as const satisfies Record<string, z.ZodType>;

export type Kind = keyof typeof schemas;
export const kinds = Object.keys(schemas) as readonly Kind[];
export const isKind = (text: unknown): text is Kind => typeof text === 'string' && Object.hasOwn(schemas, text);

const triggerForms = whenForms.map((form) => ({
  fields: Object.keys(form.shape),
  schema: triggerSchema.extend({ when: form }),
}));
const ruleForms = [capRule, cooldownRule, blockRule].map((form) => ({ fields: Object.keys(form.shape), schema: form }));

/**
 * The schema to check a definition with. Where a kind has several forms it is the one that was most likely meant, so that
 * a fault is explained in its terms and not in those of a form that nobody had in mind.
 */
export function schemaFor(kind: Kind, value: unknown): z.ZodType {
  if (kind === 'ContactRule') return likeliest(ruleForms, value) ?? schemas.ContactRule;
  if (kind === 'Trigger' && isFields(value)) return likeliest(triggerForms, value.when) ?? schemas.Trigger;
  return schemas[kind];
}

const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Form {
  readonly fields: readonly string[];
  readonly schema: z.ZodType;
}

/** The form that knows most of the fields, typing errors forgiven. */
function likeliest(forms: readonly Form[], value: unknown): z.ZodType | undefined {
  if (!isFields(value)) return undefined;
  const known = ({ fields }: Form) =>
    Object.keys(value).reduce(
      (sum, key) => sum + (fields.includes(key) ? 2 : nearest(key, fields) === null ? 0 : 1),
      0,
    );
  return forms.reduce((best, form) => (known(form) > known(best) ? form : best)).schema;
}
