import { isReasonCode } from '@kairos/contracts';
import { parseDurationMs } from '@kairos/decisions';
import { z } from 'zod';
import { duration, id } from '../schema/values.ts';

/** A time after the start of the test (`0s`, `1h30m`), or a moment with its offset. */
const at = z
  .string()
  .refine(
    (text) => text === '0s' || parseDurationMs(text) !== null || isMoment(text),
    'must be a time after the start such as 10m, or a moment such as 2026-11-21T10:00:00Z',
  )
  .meta({ title: 'time' });

function isMoment(text: string): boolean {
  return /T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) && Number.isFinite(new Date(text).getTime());
}

/** Ms of a time as `at` allows it. */
export function timeOf(text: string, startMs: number): number {
  const duration = parseDurationMs(text);
  return duration === null ? new Date(text).getTime() : startMs + duration;
}

const fields = z.record(z.string(), z.unknown());

const person = z
  .strictObject({
    userId: z.string().optional().describe('The customer’s own id.'),
    anonymousId: z.string().optional().describe('Id of the browser.'),
    traits: fields
      .default({})
      .describe('Told by the source a minute before the test starts: email, firstName, timezone …'),
    source: id.default('server').describe('The source that tells it; its `assumeConsent` counts.'),
  })
  .refine((one) => one.userId !== undefined || one.anonymousId !== undefined, 'must have userId or anonymousId');

const given = z.strictObject({
  at: at.describe('When it happens.'),
  every: duration().optional().describe('Happens again after this time …'),
  times: z.number().int().min(1).max(1_000).default(1).describe('… so many times in all.'),
  who: z.string().optional().describe('Name of one of `persons`.'),
  event: z.string().min(1).describe('Name of the event.'),
  properties: fields.default({}).describe('What the event says.'),
  traits: fields.default({}).describe('What it says of the person.'),
  context: fields.default({}).describe('Segment’s context, such as `timezone`.'),
  userId: z.string().optional().describe('Instead of the person’s.'),
  anonymousId: z.string().optional().describe('Instead of the person’s.'),
  source: id.optional().describe('Source of the event; the person’s unless given.'),
  backfill: z.boolean().default(false).describe('Comes from an import of history.'),
  nonconforming: z
    .literal(true)
    .optional()
    .describe(
      'Does not keep to the tracking plan, and is meant not to: the test is about what becomes of such events.',
    ),
  about: id
    .optional()
    .describe('Answers the message of this name that was chosen last for the person, such as a click.'),
});

const code = z.string().refine(isReasonCode, 'must be a reason code, see docs/reference/reason-codes.md').optional();
const who = z.string().optional().describe('For whom; anybody unless given.');
const expectTrigger = z
  .strictObject({
    trigger: id.describe('This trigger fires, or with `code` matches and does not start.'),
    code: code.describe('Why it does not start, such as REENTRY_WAIT.'),
    at: at.optional().describe('When, up to 30s later.'),
    who,
  })
  .meta({ title: 'trigger' });
const expectJourney = z
  .strictObject({
    journey: id.describe('Of this journey …'),
    outcome: z.enum(['started', 'notStarted', 'exited']).describe('… an instance does this.'),
    code: code.describe('Why, such as GOAL_REACHED; none at its own end.'),
    at: at.optional().describe('When, up to 30s later.'),
    who,
  })
  .meta({ title: 'journey' });
const expectSegment = z
  .strictObject({
    segment: id.describe('Of this segment, or group of a model, …'),
    change: z.enum(['enters', 'leaves']).describe('… the person becomes a member, or is one no more.'),
    code: z.undefined().optional(),
    at: at.optional().describe('When, up to 30s later.'),
    who,
  })
  .meta({ title: 'segment' });
const words = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform((one) => (typeof one === 'string' ? [one] : one))
  .meta({ title: 'text or list of text' });
const expectMessage = z
  .strictObject({
    message: id.describe('A decision on this message.'),
    fate: z.enum(['chosen', 'deferred', 'dropped', 'withdrawn']).describe('What is decided.'),
    code: code.describe('Why it is not chosen, such as QUIET_HOURS.'),
    channel: z.string().optional().describe('By which channel; any unless given.'),
    at: at.optional().describe('When, up to 30s later.'),
    who,
    says: words
      .optional()
      .describe('Words of what is sent, subject and body as they are read; of a task title, action, why and avoid.'),
    saysNot: words.optional().describe('Words that are not in it.'),
  })
  .refine(
    ({ fate, says, saysNot }) => fate === 'chosen' || (says === undefined && saysNot === undefined),
    'has words only where fate is chosen',
  )
  .meta({ title: 'message' });

export const testSchema = z
  .strictObject({
    name: z.string().min(1).describe('What it promises, as a sentence.'),
    startsAt: z
      .string()
      .refine(isMoment, 'must be a moment with offset such as 2026-11-18T10:00:00Z')
      .default('2026-11-18T10:00:00Z')
      .describe('Wednesday 18 November 2026, 10:00 UTC unless given.'),
    also: z
      .array(id)
      .default([])
      .describe('Names of other files whose triggers and messages are looked at, too, such as birthday.'),
    person: person.optional().describe('The customer, where there is one.'),
    persons: z.record(z.string(), person).optional().describe('Several customers by name.'),
    given: z.array(given).min(1).describe('What happens.'),
    until: at.optional().describe('How long the test watches; six hours after the last event unless given.'),
    expect: z
      .array(z.union([expectTrigger, expectJourney, expectMessage, expectSegment]))
      .default([])
      .describe('Every firing and every chosen message of the triggers under test must be listed.'),
    expectNothing: z.literal(true).optional().describe('Nothing fires and nothing is chosen.'),
  })
  .refine(
    (test) => test.expectNothing === true || test.expect.length > 0,
    'must expect something, or expectNothing: true',
  )
  .refine((test) => test.expectNothing !== true || test.expect.length === 0, 'cannot expect something and nothing')
  .refine((test) => (test.person === undefined) !== (test.persons === undefined), 'must have person or persons')
  .meta({ title: 'Test', description: 'Given these events at these times, expect these facts.' });

export type PlaybookTest = z.output<typeof testSchema>;
export type TestPerson = z.output<typeof person>;
export type GivenEvent = z.output<typeof given>;
export type Expected = PlaybookTest['expect'][number];

/** Segment's calls that have a name of their own. */
export const callTypes: Readonly<Record<string, string>> = {
  Identified: 'identify',
  'Page Viewed': 'page',
  'Screen Viewed': 'screen',
};
