import { type SendOutcome, sendOutcomes } from '@kairos/decisions';
import { z } from 'zod';
import { condition } from './condition.ts';
import { channel, common, duration, eventMatches, id, percent, wallTime } from './values.ts';

type Duration = z.output<ReturnType<typeof duration>>;
type Matches = z.output<typeof eventMatches>;

/** Days as people write them, Monday first. */
export const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

export const awaitable = sendOutcomes.filter((outcome) => outcome !== 'proposed');
export type Awaitable = Exclude<SendOutcome, 'proposed'>;

/** Steps as people write them. They nest, so the type is spelled out. */
export type StepInput =
  | 'exit'
  | { readonly send: string; readonly channel?: z.output<typeof channel>; readonly expiresAfter?: Duration }
  | { readonly wait: Duration | z.output<typeof waitUntil> }
  | {
      readonly waitFor: { readonly did?: Matches; readonly atMost: Duration } & Readonly<
        Partial<Record<Awaitable, string>>
      >;
      readonly otherwise?: readonly StepInput[];
    }
  | {
      readonly branch: readonly (
        | { readonly if: string; readonly steps: readonly StepInput[] }
        | { readonly else: readonly StepInput[] }
      )[];
    }
  | {
      readonly split: string;
      readonly ways: readonly {
        readonly name?: string;
        readonly share: number;
        readonly steps: readonly StepInput[];
      }[];
    }
  | { readonly set: Readonly<Record<string, string | number | boolean | null>> }
  | { readonly task: string; readonly to: string; readonly expiresAfter?: Duration }
  | { readonly call: string; readonly expiresAfter?: Duration };

const steps: z.ZodType<readonly StepInput[]> = z.lazy(() => z.array(step)).meta({ title: 'list of steps' });
const expiresAfter = duration()
  .optional()
  .describe('Nothing is sent later than this; as the trigger says unless given.');

export const sendStep = z
  .strictObject({
    send: id.describe('Message that is proposed.'),
    channel: channel.optional().describe('The only channel it may take; arbitration chooses unless given.'),
    expiresAfter,
  })
  .meta({
    title: 'send',
    description: 'Proposes a message. What becomes of it can be waited for, and asked by `sends`.',
  });

const waitUntil = z
  .strictObject({
    for: duration().optional().describe('First so long …'),
    until: wallTime.optional().describe('… then until the person’s clock shows this time …'),
    on: z
      .union([z.enum(weekdays), z.array(z.enum(weekdays)).min(1)])
      .optional()
      .describe('… on this day, or one of these.'),
  })
  .refine((one) => Object.keys(one).length > 0, 'must have for, until or on')
  .meta({ title: 'wait' });

export const waitStep = z
  .strictObject({
    wait: z.union([duration(), waitUntil]).describe('A duration, or a local time, or both.'),
  })
  .meta({ title: 'wait', description: 'Waits for a time, at most 365d.' });

const outcomeFields = Object.fromEntries(
  awaitable.map((outcome) => [outcome, id.optional().describe(`A message whose last send was ${outcome}.`)]),
) as Record<Awaitable, z.ZodOptional<typeof id>>;

const awaited = z
  .strictObject({
    did: eventMatches.optional().describe('An event of the customer; a condition sees `evidence`, too.'),
    ...outcomeFields,
    atMost: duration().describe('How long at most.'),
  })
  .refine((one) => Object.keys(one).length > 1, 'must say what is waited for, such as clicked: a-message')
  .meta({ title: 'waitFor' });

export const waitForStep = z
  .strictObject({
    waitFor: awaited.describe('Any of these.'),
    otherwise: steps.optional().describe('Steps when none of it happened in time.'),
  })
  .meta({ title: 'waitFor', description: 'Waits until something happens, or until it did not in time.' });

export const branchStep = z
  .strictObject({
    branch: z
      .array(
        z.union([
          z.strictObject({
            if: condition.describe('The first that holds is taken.'),
            steps: steps.describe('Its steps.'),
          }),
          z.strictObject({ else: steps.describe('Steps when none holds.') }),
        ]),
      )
      .min(1)
      .describe('Ways, each with its condition; the last may be `else`.'),
  })
  .meta({ title: 'branch', description: 'Takes the first way whose condition holds.' });

export const splitStep = z
  .strictObject({
    split: id.describe('Name of the draw: under the same name a person always goes the same way.'),
    ways: z
      .array(
        z.strictObject({
          name: id.optional().describe('Name in reports; a, b, c … unless given.'),
          share: percent.describe('Share of persons; together 100%.'),
          steps: steps.describe('Its steps.'),
        }),
      )
      .min(2)
      .max(10)
      .describe('Ways, each with its share.'),
  })
  .meta({ title: 'split', description: 'Sends each person one of several ways, drawn by share.' });

export const setStep = z
  .strictObject({
    set: z
      .record(z.string().min(1).max(100), z.union([z.string().max(500), z.number(), z.boolean(), z.null()]))
      .refine((one) => Object.keys(one).length > 0 && Object.keys(one).length <= 20, 'must have 1 to 20 fields')
      .describe('Traits and their values, known as `profile.traits.…` from then on.'),
  })
  .meta({ title: 'set', description: 'Sets what is known of the person.' });

export const taskStep = z
  .strictObject({
    task: id.describe('Message with a task.'),
    to: z
      .string()
      .regex(/^staff\([a-z0-9-]+\)$/, 'must be staff(role), such as staff(sales)')
      .describe('Whose work list.'),
    expiresAfter,
  })
  .meta({ title: 'task', description: 'Proposes a task to staff.' });

export const callStep = z
  .strictObject({ call: id.describe('Message with a webhook.'), expiresAfter })
  .meta({ title: 'call', description: 'Calls another system, signed, as the message’s webhook says.' });

/** The forms of a step, in the order of the reference page. */
export const stepForms = [sendStep, waitStep, waitForStep, branchStep, splitStep, setStep, taskStep, callStep] as const;

/** A text by its pattern: a literal would seem the likeliest form of every faulty step. */
const exitStep = z.string().regex(/^exit$/, 'must be exit, or a step such as send: a-message');

const step: z.ZodType<StepInput> = z
  .union([exitStep, ...stepForms])
  .meta({ id: 'JourneyStep', title: 'step' }) as z.ZodType<StepInput>;

export const journeySchema = z
  .strictObject({
    kind: z.literal('Journey'),
    ...common,
    startsWith: id.describe('The trigger that starts it; on its terms (purpose, priority, holdout) all is proposed.'),
    exitWhen: z
      .array(
        z.union([
          z.literal('goal'),
          z.strictObject({
            did: eventMatches.describe('Such an event.'),
            where: condition.optional().describe('Only if this holds.'),
          }),
        ]),
      )
      .default(['goal'])
      .describe(
        'What ends it at once, and takes back what was not sent: `goal` of the trigger, or `{ did: event }`. What cancels the trigger does so always.',
      ),
    steps: steps.describe('What happens, in order; at most 100 steps, 8 deep.'),
  })
  .meta({ title: 'Journey', description: 'A conversation of several steps that starts with a trigger.' });

export type JourneyInput = z.output<typeof journeySchema>;
