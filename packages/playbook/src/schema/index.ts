import type { z } from 'zod';
import { messageSchema } from './message.ts';
import { companySchema, contactRuleSchema, segmentSchema, sourceSchema } from './rules.ts';
import { triggerSchema } from './trigger.ts';

/** The schema of each kind, in the order of the reference page. */
export const schemas = {
  Trigger: triggerSchema,
  Message: messageSchema,
  ContactRule: contactRuleSchema,
  Segment: segmentSchema,
  Source: sourceSchema,
  Company: companySchema,
} as const satisfies Record<string, z.ZodType>;

export type Kind = keyof typeof schemas;
export const kinds = Object.keys(schemas) as readonly Kind[];
export const isKind = (text: unknown): text is Kind => typeof text === 'string' && Object.hasOwn(schemas, text);
