import type { MessageDefinition } from '@kairos/decisions';
import type { Finding, Index } from './finding.ts';
import { checkLength } from './text-length.ts';

/** What is wrong with a message although its form is right. */
export function checkMessage(message: MessageDefinition, index: Index): Finding[] {
  const lengths = message.channels.flatMap((content) => (content.channel === 'sms' ? checkLength(content.text) : []));
  return [...lengths, ...checkReach(message, index)];
}

/** A message passes over channels that the company has not set up; where it has no other it is never sent. */
function checkReach({ status, channels }: MessageDefinition, index: Index): Finding[] {
  const company = [...index.of('Company').values()].find((one) => one.status === 'live');
  const reaches = company?.kind === 'Company' ? company.channels : undefined;
  const own = channels.map(({ channel }) => channel);
  if (status !== 'live' || reaches === undefined || own.some((channel) => reaches.includes(channel))) return [];
  return [
    {
      path: ['channels'],
      message: 'is live and has no channel that the company has set up, so it is never sent',
      value: own.join(', '),
      remedy: `add one of them to the company’s channels, or give it content for ${reaches.join(' or ')}`,
      severity: 'warning',
    },
  ];
}
