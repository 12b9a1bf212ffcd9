import { z } from 'zod';
import { common, deliver, id, purpose, template } from './values.ts';

const deliverBy = deliver
  .optional()
  .describe(
    'What a crash in mid-hand-over may do: lose (`atMostOnce`, default for SMS and marketing mail) or repeat (`atLeastOnce`, default else).',
  );

const body = {
  body: template.optional().describe('The content as a template, or the name of an `.html` file beside this one.'),
  bodyFile: z.string().optional().describe('Name of the `.html` file that holds the content, relative to this file.'),
};

export const emailContent = z
  .strictObject({ subject: template.describe('Subject line, a template.'), ...body, deliver: deliverBy })
  .meta({ title: 'email' });
export const smsContent = z
  .strictObject({
    text: template.describe(
      'The whole text, a template. Web addresses in it become short links that tell who clicked.',
    ),
    deliver: deliverBy,
  })
  .meta({ title: 'sms' });
export const onsiteContent = z
  .strictObject({
    slot: id.describe('Where on the page it is shown, such as header-bar.'),
    ...body,
    deliver: deliverBy,
  })
  .meta({ title: 'onsite' });
export const webhookContent = z
  .strictObject({
    url: z
      .string()
      .regex(/^https?:\/\/[^\s{}]+$/, 'must be an http(s) address, without placeholders')
      .describe('Called with a signed POST.'),
    body: template.describe('JSON, a template: `"{{ x }}"` for text, `{{ x | json }}` for a whole value.'),
    deliver: deliverBy,
  })
  .meta({ title: 'webhook' });
export const taskContent = z
  .strictObject({
    title: template.describe('What it is about, in a few words.'),
    action: template.describe('What to do or offer, in words that can be used.'),
    why: template.describe('Why the customer would welcome it.'),
    avoid: template.default('–').describe('What not to say.'),
    deliver: deliverBy,
  })
  .meta({ title: 'task' });

export const messageSchema = z
  .strictObject({
    kind: z.literal('Message'),
    ...common,
    purpose: purpose.describe('As of the triggers that send it.'),
    topics: z
      .array(z.string().regex(/^[a-z][a-z0-9_-]{0,39}$/, 'must be a word in lower case, such as news'))
      .max(10)
      .optional()
      .describe('What it is about: who has switched one of them off is not sent it, if it is marketing.'),
    channels: z
      .strictObject({
        email: emailContent.optional().describe('Mail to the customer.'),
        sms: smsContent.optional().describe('A text to the customer’s phone.'),
        onsite: onsiteContent.optional().describe('A block on the website.'),
        webhook: webhookContent.optional().describe('A signed call to another system.'),
        task: taskContent.optional().describe('An entry in the work list of staff: an action, never the raw trigger.'),
      })
      .refine((channels) => Object.keys(channels).length > 0, 'must have at least one channel')
      .describe('Content per channel, in order of preference: the first that is allowed is used.'),
  })
  .meta({ title: 'Message', description: 'What is said, per channel.' });

export type MessageInput = z.output<typeof messageSchema>;
