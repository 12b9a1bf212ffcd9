import { z } from 'zod';
import { condition } from './condition.ts';
import { channel, common, duration, eventMatches, id, percent, purpose, wallTime, zone } from './values.ts';

const scope = z
  .strictObject({
    purpose: purpose.optional().describe('Messages of this purpose; both unless given.'),
    channels: z.array(channel).default([]).describe('Only these channels; all unless given.'),
    messages: z.array(id).default([]).describe('Only these messages; all unless given.'),
  })
  .describe('Which messages the rule is about.');
const onBreach = z.enum(['defer', 'drop', 'fallback']);
const ruleCommon = { kind: z.literal('ContactRule'), ...common, scope };

export const capRule = z
  .strictObject({
    ...ruleCommon,
    limit: z.number().int().min(1).max(1_000).describe('So many messages …'),
    window: z
      .strictObject({ rolling: duration().describe('… in any period of this length, at most 365d.') })
      .describe('The period that is counted.'),
    onBreach: onBreach
      .default('defer')
      .describe('Wait for room (`defer`), not send (`drop`), or try the message’s next channel (`fallback`).'),
  })
  .meta({ title: 'cap', description: 'At most so many messages in a rolling window.' });

export const cooldownRule = z
  .strictObject({
    ...ruleCommon,
    cooldown: duration().describe('Pause after each message.'),
    onBreach: onBreach
      .default('defer')
      .describe('Wait (`defer`), not send (`drop`), or try the next channel (`fallback`).'),
  })
  .meta({ title: 'cooldown', description: 'A pause between two messages.' });

export const blockRule = z
  .strictObject({
    ...ruleCommon,
    after: eventMatches.describe('Such an event starts the silence.'),
    blocks: z
      .strictObject({
        for: duration().describe('How long.'),
        until: z.array(z.string().min(1)).optional().describe('Names of events that end it before its time.'),
      })
      .describe('The silence.'),
    onBreach: onBreach
      .default('drop')
      .describe('Not send (`drop`), wait (`defer`), or try the next channel (`fallback`).'),
  })
  .meta({ title: 'block', description: 'Silence after an event, such as a complaint.' });

export const contactRuleSchema = z
  .union([capRule, cooldownRule, blockRule])
  .meta({ title: 'ContactRule', description: 'How often, and when not, a person may be contacted.' });

const quietHours = z
  .strictObject({
    purpose: purpose.default('marketing').describe('Messages of this purpose keep quiet.'),
    from: wallTime.describe('In the person’s time zone.'),
    to: wallTime.describe('In the person’s time zone; may be past midnight.'),
    channels: z.array(channel).default([]).describe('Only these channels; all unless given.'),
    onBreach: onBreach
      .default('defer')
      .describe('Wait until it ends (`defer`), not send (`drop`), or try the next channel (`fallback`).'),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], message: 'is the same as from, so it is never quiet' })
  .refine(({ from, to }) => from !== '00:00' || to !== '24:00', {
    path: ['to'],
    message: 'makes it the whole day, so nothing is ever sent: pause the messages instead',
  });

export const companySchema = z
  .strictObject({
    kind: z.literal('Company'),
    ...common,
    id: common.id.default('company'),
    name: z.string().min(1).max(200).describe('As customers know it.'),
    zone: zone.describe('Used where a person’s own zone is unknown.'),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as EUR')
      .default('EUR')
      .describe('ISO 4217.'),
    liveHorizon: duration()
      .default(86_400_000)
      .describe('Events older than this start no conversation. 24h unless given.'),
    collectFor: z
      .strictObject({
        marketing: duration({ zero: true }).default(1_000).describe('1s unless given.'),
        service: duration({ zero: true }).default(0).describe('0s unless given.'),
      })
      .default({ marketing: 1_000, service: 0 })
      .describe('How long proposals for one person wait for each other before the best is chosen. Never scaled.'),
    channels: z
      .array(channel)
      .min(1)
      .optional()
      .describe('Channels that are set up: a message passes over others to its next one. All unless given.'),
    costPerMessage: z
      .partialRecord(channel, z.number().min(0).max(1_000))
      .optional()
      .describe(
        'What one message costs on a channel, in the company’s currency, as in `{ sms: 0.07 }`. A rehearsal adds it up; nothing is decided by it.',
      ),
    quietHours: z.array(quietHours).default([]).describe('When a person is left alone.'),
    holdout: percent.default(0).describe('Share of persons who never get marketing. 0% unless given.'),
    salt: z.string().min(1).max(100).default('kairos').describe('Changes who is drawn into control groups. Keep it.'),
  })
  .meta({ title: 'Company', description: 'Settings of the company. One per playbook.' });

export const sourceSchema = z
  .strictObject({
    kind: z.literal('Source'),
    ...common,
    type: z
      .enum(['browser', 'server', 'import', 'internal'])
      .describe('What it may say: a browser may withdraw consent, never grant it.'),
    assumeConsent: z
      .array(channel)
      .default([])
      .describe('Channels for which marketing consent is assumed of its customers until they withdraw it.'),
    trustBrowserEmail: z.boolean().default(false).describe('Whether a browser may set e-mail address and phone.'),
    onNonconforming: z
      .enum(['flag', 'refuse'])
      .default('flag')
      .describe(
        'What becomes of an event that does not keep to the tracking plan: it takes effect and is marked (`flag`), or it takes no effect and goes to the dead letters (`refuse`).',
      ),
    unplanned: z
      .enum(['allow', 'flag', 'refuse'])
      .default('flag')
      .describe('What becomes of an event that no tracking plan names, where there is a plan.'),
  })
  .meta({ title: 'Source', description: 'Where events come from, and what is believed of them.' });

export const segmentSchema = z
  .strictObject({
    kind: z.literal('Segment'),
    ...common,
    where: condition.describe(
      'Condition over `profile`; who fulfils it is in. It is asked at the person’s own events only, so leave out `now`: of whoever is silent it would go stale.',
    ),
  })
  .meta({ title: 'Segment', description: 'A group of persons by rule.' });

export type ContactRuleInput = z.output<typeof contactRuleSchema>;
export type CompanyInput = z.output<typeof companySchema>;
export type SourceInput = z.output<typeof sourceSchema>;
export type SegmentInput = z.output<typeof segmentSchema>;
