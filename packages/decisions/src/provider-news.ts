import { taskEvents } from '@kairos/contracts';

/**
 * What a provider tells of a message that we sent, and what staff did with a task. It is part of the person's story and
 * may start or cancel what names it, but the person did nothing: it is no activity, and nobody was seen.
 */
export const PROVIDER_NEWS: ReadonlySet<string> = new Set([
  'SMS Sent',
  'SMS Delivered',
  'SMS Undelivered',
  'SMS Failed',
  ...Object.values(taskEvents),
]);
