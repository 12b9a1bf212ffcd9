/** The channels that there are. A further one is a folder beside these and a line here. */
export { createEmailChannel, type EmailOptions } from './email/send.ts';
export { createOnsiteChannel, type OnsiteOptions } from './onsite/send.ts';
export { createTaskChannel, type TaskOptions } from './task/send.ts';
export { createWebhookChannel, type WebhookOptions } from './webhook/send.ts';
