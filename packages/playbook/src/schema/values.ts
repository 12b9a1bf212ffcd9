import { isZone, parseDurationMs, parseWallTimeMs } from '@kairos/decisions';
import { z } from 'zod';
import { condition } from './condition.ts';

/** No rolling window is longer: counters and retention are made for a year. */
export const MAX_DURATION_MS = 365 * 86_400_000;

interface DurationLimits {
  /** Whether no time at all makes sense. */
  readonly zero?: boolean;
}

/** `15s`, `10m`, `1h`, `30d`, `2w`, joined as in `1h30m`; becomes ms. */
export const duration = ({ zero = false }: DurationLimits = {}) =>
  z
    .string({ error: 'must be a duration such as 15s, 10m, 1h, 7d or 2w' })
    .transform((text, context) => {
      const ms = parseDurationMs(text);
      if (ms === null)
        context.addIssue({ code: 'custom', message: 'must be a duration such as 15s, 10m, 1h, 7d or 2w' });
      else if (ms > MAX_DURATION_MS) context.addIssue({ code: 'custom', message: 'must be at most 365d' });
      else if (ms === 0 && !zero) context.addIssue({ code: 'custom', message: 'must be longer than nothing' });
      else return ms;
      return z.NEVER;
    })
    .meta({ title: 'duration' });

/** `10%` or 10; becomes a number from 0 to 100. */
export const percent = z
  .union([z.string(), z.number()])
  .transform((given, context) => {
    const match = typeof given === 'number' ? given : /^(\d{1,3}(?:\.\d{1,4})?)\s*%$/.exec(given)?.[1];
    const value = Number(match ?? Number.NaN);
    if (value >= 0 && value <= 100) return value;
    context.addIssue({ code: 'custom', message: 'must be a percentage from 0% to 100%' });
    return z.NEVER;
  })
  .meta({ title: 'percentage' });

export const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,79}$/, 'must be lower case letters, digits, dots, hyphens, at most 80')
  .meta({ title: 'id' });

export const template = z.string().min(1, 'must not be empty').meta({ title: 'template' });

export const zone = z
  .string()
  .refine(isZone, 'must be an IANA time zone such as Europe/London')
  .meta({ title: 'IANA time zone' });

export const wallTime = z
  .string({ error: 'must be a time of day such as 21:00' })
  .refine((text) => parseWallTimeMs(text) !== null, 'must be a time of day such as 21:00')
  .meta({ title: 'time of day' });

/** A moment with its offset: a time without one would mean another moment on every machine. */
export const moment = z
  .string()
  .transform((text, context) => {
    const ms = /T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) ? new Date(text).getTime() : Number.NaN;
    if (Number.isFinite(ms)) return ms;
    context.addIssue({ code: 'custom', message: 'must be a moment with offset such as 2026-12-01T00:00:00Z' });
    return z.NEVER;
  })
  .meta({ title: 'moment' });

export const channel = z.enum(['email', 'sms', 'webhook', 'onsite', 'task']);
export const purpose = z.enum(['marketing', 'service']);
export const status = z.enum(['draft', 'live', 'paused']);
export const deliver = z.enum(['atMostOnce', 'atLeastOnce']);

/** `Order Completed`, or `{ event: Order Completed, where: properties.total > 100 }`. */
export const eventMatch = z
  .union([
    z.string().min(1, 'must name an event'),
    z.strictObject({
      event: z.string().min(1, 'must name an event').describe('Name of the event, as it is tracked.'),
      where: condition.optional().describe('Only such events count.'),
    }),
  ])
  .transform((given) =>
    typeof given === 'string' ? { name: given, where: null } : { name: given.event, where: given.where ?? null },
  )
  .meta({ title: 'event' });

/** One event or a list of them. */
export const eventMatches = z
  .union([eventMatch, z.array(eventMatch).min(1, 'must name at least one event')])
  .transform((given) => (Array.isArray(given) ? given : [given]))
  .meta({ title: 'event or list of events' });

/** What every definition has. */
export const common = {
  id: id.describe('Unique among definitions of its kind.'),
  description: z.string().max(400).default('').describe('What it is for, in one sentence.'),
  owner: z.string().max(200).default('').describe('Who answers for it.'),
  status: status.default('live').describe('Only what is `live` acts; `paused` is recorded; `draft` is left out.'),
};
