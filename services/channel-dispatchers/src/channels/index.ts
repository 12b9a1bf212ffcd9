/** The channels that there are. A further one is a folder beside these and a line here. */
export { createEmailChannel } from './email/send.ts';
export { createOnsiteChannel } from './onsite/send.ts';
export { createSmsChannel, smsNotSetUp } from './sms/send.ts';
export { createTaskChannel } from './task/send.ts';
export { createWebhookChannel } from './webhook/send.ts';
