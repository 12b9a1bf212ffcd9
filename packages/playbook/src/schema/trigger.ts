import { z } from 'zod';
import { condition, expression } from './condition.ts';
import { common, duration, eventMatches, id, moment, percent, purpose, status } from './values.ts';
import { whenForms } from './when.ts';

const reentry = z
  .union([z.enum(['never', 'always']), duration()])
  .describe(
    'Whether it may fire again for the same person and key: `never`, `always` (unless given), or after a time such as `7d`.',
  );

const audienceRole = z
  .string()
  .regex(/^(customer|staff\([a-z0-9-]+\))$/, 'must be customer or staff(role), such as staff(sales)')
  .default('customer')
  .describe('Whom the message is for: `customer`, or `staff(role)` such as `staff(sales)`.');

const keyPath = z
  .string()
  .regex(/^(person|(properties|event)(\.[A-Za-z_$][\w$-]*)+)$/, 'must be person or a path such as properties.cart_id');

const unless = z.strictObject({
  did: eventMatches.describe('After such an event it starts nothing for this person …'),
  until: eventMatches.optional().describe('… until one of these …'),
  atMost: duration().describe('… and for so long at most.'),
});

export const goal = z.strictObject({
  event: z.string().min(1).describe('The event that is hoped for. A message not yet sent is taken back when it comes.'),
  where: condition.optional().describe('Only such events count.'),
  within: duration().describe('How long after the trigger it counts as its success.'),
  value: expression.optional().describe('What it is worth, such as `properties.total`.'),
});

export const triggerSchema = z
  .strictObject({
    kind: z.literal('Trigger'),
    ...common,
    status: status.describe(
      'Only what is `live` acts; matches of a `paused` trigger are recorded; `draft` is left out.',
    ),
    purpose: purpose.describe(
      '`marketing` needs consent and keeps quiet hours and caps; `service` (receipts, security) does not.',
    ),
    foundBy: z
      .enum(['rule', 'model'])
      .default('rule')
      .describe('A finding of a `model` goes to automatic channels only, never to a person’s work list.'),
    when: z.union(whenForms).describe('What it waits for; one of the forms below.'),
    audience: condition.optional().describe('Who it is for, asked when it would fire.'),
    pilot: id.optional().describe('Only members of this segment get it: to try it with few first.'),
    unless: unless.optional().describe('Events that suspend it for a person.'),
    oncePer: z
      .union([keyPath, z.array(keyPath).min(1)])
      .default(['person'])
      .describe(
        'One running instance per value; a list gives alternatives in order. An event that lacks the key concerns all.',
      ),
    reentry: reentry.default('always'),
    cancelOn: eventMatches
      .optional()
      .describe('Events that cancel a waiting instance and take back a message not yet sent.'),
    goal: goal.optional().describe('What the message is meant to bring about.'),
    expiresAfter: duration()
      .default(86_400_000)
      .describe('Nothing is sent later than this after the trigger fired. 24h unless given.'),
    holdout: percent
      .default(0)
      .describe('Share of persons who get nothing, so that the effect can be measured. 0% unless given.'),
    priority: z.number().int().min(0).max(100).default(50).describe('0 to 100; the higher goes first, ties go by id.'),
    to: audienceRole,
    activeFrom: moment.optional().describe('Starts nothing before.'),
    activeTo: moment.optional().describe('Starts nothing after.'),
    send: id
      .optional()
      .describe(
        'Id of the message that it proposes. Without it, the trigger only tells `triggers.detected` that it fired.',
      ),
  })
  .meta({ title: 'Trigger', description: 'A moment in a customer’s story that proposes a message.' });

export type TriggerInput = z.output<typeof triggerSchema>;
