import type { Channel } from '@kairos/decisions';

/** Words that sentences of all kinds share. */

export const quote = (text: string) => `“${text}”`;

export function list(words: readonly string[], joint: 'or' | 'and'): string {
  if (words.length <= 1) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${joint} ${words.at(-1)}`;
}

export const channelWords: Readonly<Record<Channel, string>> = {
  email: 'by e-mail',
  sms: 'by SMS',
  onsite: 'on the website',
  webhook: 'by a call to another system',
  task: 'as a task for staff',
};
