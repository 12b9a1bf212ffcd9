import { z } from 'zod';
import { condition, expression } from './condition.ts';
import { duration, eventMatches, id, wallTime } from './values.ts';

const HOUR_MS = 3_600_000;

const eventWhen = z
  .strictObject({
    did: eventMatches.describe('Fires at such an event.'),
    where: condition.optional().describe('Only if this holds for the event; for every event of `did`.'),
  })
  .meta({ title: 'event', description: 'Fires when the customer does something.' });

const absenceWhen = z
  .strictObject({
    did: eventMatches.describe('Such an event arms the trigger.'),
    where: condition.optional().describe('Only if this holds for the event; for every event of `did`.'),
    butNot: eventMatches.describe('Any of these disarms it.'),
    within: duration().describe('How long to wait for `butNot`.'),
    clock: z
      .enum(['restartsOnRepeat', 'startsOnFirst'])
      .default('startsOnFirst')
      .describe('Whether a repeated `did` starts the wait anew.'),
    atLatestAfter: duration()
      .optional()
      .describe('Latest moment, counted from the first `did`, however often it repeats.'),
    grace: duration({ zero: true })
      .default(15_000)
      .describe('Waited on top, for what other devices and servers still bring. 15s unless given.'),
  })
  .meta({
    title: 'absence',
    description: 'Fires when the customer does something and then does not do something else.',
  });

const inactivityWhen = z
  .strictObject({
    inactiveFor: duration().describe('Fires when nothing happened for so long.'),
    of: eventMatches.optional().describe('Events that count as activity; all events of the customer unless given.'),
  })
  .meta({
    title: 'inactivity',
    description: 'Fires when the customer does nothing, or nothing of a kind, for a time.',
  });

const countWhen = z
  .strictObject({
    did: eventMatches.describe('Such events are counted.'),
    where: condition.optional().describe('Only if this holds for the event; for every event of `did`.'),
    atLeast: z.number().positive().max(1e12).describe('Fires when this is reached.'),
    of: z
      .enum(['count', 'sum', 'distinct'])
      .default('count')
      .describe(
        'What must reach it: the number of events, the sum of `value`, or how many different values there are.',
      ),
    value: expression.optional().describe('What is summed or told apart, such as `properties.amount`.'),
    within: duration().optional().describe('In any period of this length. Either this or `per`.'),
    per: z
      .enum(['day', 'week', 'month'])
      .optional()
      .describe('In a day, a week (from Monday) or a month of the calendar. Either this or `within`.'),
    zone: z.enum(['person', 'company']).optional().describe('Whose calendar. The person’s unless given.'),
  })
  .refine(({ within, per }) => (within === undefined) !== (per === undefined), 'needs one of within and per')
  .refine(({ of, value }) => (of === 'count') === (value === undefined), {
    path: ['value'],
    message: 'goes with of: sum or of: distinct, and with neither it is left out',
  })
  .refine(({ zone, per }) => zone === undefined || per !== undefined, {
    path: ['zone'],
    message: 'is for per: a period of a length is the same everywhere',
  })
  .refine(({ of, atLeast }) => of === 'sum' || (Number.isInteger(atLeast) && atLeast <= 200), {
    path: ['atLeast'],
    message: 'must be a whole number up to 200; sums may be any number',
  })
  .meta({ title: 'count', description: 'Fires when events, or a value of them, reach a limit within a window.' });

const sequenceWhen = z
  .strictObject({
    did: eventMatches.describe('The first event.'),
    where: condition.optional().describe('Only if this holds for the first event; for every event of `did`.'),
    // biome-ignore lint/suspicious/noThenProperty: the marketer's word, and nobody awaits a schema's fields
    then: eventMatches
      .refine((steps) => steps.length <= 8, 'must be at most 8 events')
      .describe('What follows, in this order. Other events may come between.'),
    within: duration().describe('The longest time from the first to the last.'),
    butNot: eventMatches.optional().describe('None of these between the first and the last.'),
  })
  .meta({
    title: 'sequence',
    description: 'Fires when one event follows another, in the order in which they happened.',
  });

const unusualWhen = z
  .strictObject({
    did: eventMatches.describe('The events that have the value, or are counted.'),
    where: condition.optional().describe('Only if this holds for the event; for every event of `did`.'),
    value: expression
      .optional()
      .describe('What is compared, an amount such as `properties.amount`. Either this, `perPeriod` or `per`.'),
    perPeriod: duration()
      .refine((ms) => ms >= HOUR_MS, 'must be at least 1h')
      .optional()
      .describe('Compares how many events there are in each period of this length, counted from the first event on.'),
    per: z
      .enum(['day', 'week', 'month'])
      .optional()
      .describe('Compares how many there are in each day, week (from Monday) or month of the calendar.'),
    zone: z.enum(['person', 'company']).optional().describe('Whose calendar. The person’s unless given.'),
    direction: z.enum(['above', 'below']).default('above').describe('To which side it leaves the usual.'),
    times: z
      .number()
      .gt(1)
      .max(1e6)
      .optional()
      .describe('So many times the median of the person’s own values or counts; below: the median divided by it.'),
    spreads: z
      .number()
      .positive()
      .max(1e6)
      .optional()
      .describe('So many spreads (median absolute deviations) from the median. With `times`, both must hold.'),
    afterAtLeast: z
      .number()
      .int()
      .min(3)
      .max(32)
      .default(5)
      .describe('How many earlier values, or periods, must be known.'),
  })
  .refine(({ times, spreads }) => times !== undefined || spreads !== undefined, 'needs times or spreads')
  .refine(
    (when) => [when.value, when.perPeriod, when.per].filter((one) => one !== undefined).length === 1,
    'needs one of value, perPeriod and per',
  )
  .refine(({ zone, per }) => zone === undefined || per !== undefined, {
    path: ['zone'],
    message: 'is for per: a period of a length is the same everywhere',
  })
  .meta({
    title: 'unusual',
    description:
      'Fires when a value, or the number of events in a period, lies far from what is usual for this very customer.',
  });

const segmentWhen = z
  .strictObject({
    enters: id.optional().describe('Id of the segment that the customer enters. Either this or `leaves`.'),
    leaves: id.optional().describe('Id of the segment that the customer leaves. Either this or `enters`.'),
  })
  .refine(({ enters, leaves }) => (enters === undefined) !== (leaves === undefined), 'needs one of enters and leaves')
  .meta({ title: 'segment', description: 'Fires when the customer enters or leaves a segment.' });

const profilePath = z
  .string()
  .regex(/^profile(\.[A-Za-z_$][\w$]*)+$/, 'must be a path such as profile.traits.plan')
  .meta({ title: 'path below profile' });

const profileChangeWhen = z
  .strictObject({
    changes: profilePath.describe('The value: a text, a number, true or false.'),
    from: condition.optional().describe('Only if this holds of the profile with the value as it was before.'),
    to: condition.optional().describe('Only if this holds of the profile as it is now.'),
  })
  .meta({
    title: 'profileChange',
    description: 'Fires when a value of the profile becomes another one. The first that is known is no change.',
  });

const datePath = z
  .string()
  .regex(/^(profile|properties)(\.[A-Za-z_$][\w$]*)+$/, 'must be a path such as profile.traits.birthday')
  .meta({ title: 'path below profile or properties' });

const wholeDays = z
  .string({ error: 'must be whole days or weeks such as -30d or 2w' })
  .regex(/^[+-]?\d{1,3}[dw]$/, 'must be whole days or weeks such as -30d or 2w')
  .transform((text) => Number(text.slice(0, -1)) * (text.endsWith('w') ? 7 : 1))
  .refine((days) => Math.abs(days) <= 365, 'must be at most 365d')
  .meta({ title: 'whole days' });

const dateWhen = z
  .strictObject({
    on: datePath.describe(
      'The date: below `profile`, or with `did` below `properties`. Such as 2026-03-05, or --03-05.',
    ),
    did: eventMatches.optional().describe('The events that tell the date; the one that happened last counts.'),
    where: condition.optional().describe('Only if this holds for the event; for every event of `did`.'),
    yearly: z.boolean().default(false).describe('Whether it comes each year. 29 February is the 28th in common years.'),
    offset: wholeDays.default(0).describe('So many days of the calendar after it, or before it as in `-30d`.'),
    at: wallTime.default('09:00').describe('Time of day on the clock where the person lives.'),
  })
  .refine(({ on, did }) => on.startsWith('properties.') === (did !== undefined), {
    path: ['on'],
    message: 'is below profile, or, with did, below properties',
  })
  .refine(({ did, where }) => where === undefined || did !== undefined, {
    path: ['where'],
    message: 'is about the event of did',
  })
  .meta({ title: 'date', description: 'Fires at a date of the person, or of something that they did.' });

/** Every form that `when` may have, as people write it. */
export const whenForms = [
  eventWhen,
  absenceWhen,
  inactivityWhen,
  countWhen,
  sequenceWhen,
  unusualWhen,
  segmentWhen,
  profileChangeWhen,
  dateWhen,
] as const;

export type WhenInput = z.output<(typeof whenForms)[number]>;
