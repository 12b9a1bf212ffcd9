import { smsLength } from '@kairos/decisions';
import type { Finding } from './finding.ts';

/** A short link: `https://news.example.com/s/` and twelve signs. */
const SHORT_LINK = 'https://news.example.com/s/abcdefghijkl';
const PLACEHOLDER = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|%%.*?%%/g;
const WEB_ADDRESS = /https?:\/\/[^\s<>"]+/gi;

/** What of a text stands fast before anything is filled in, its web addresses as short as they will be sent. */
const fixedPartOf = (template: string): string => template.replace(PLACEHOLDER, '').replace(WEB_ADDRESS, SHORT_LINK);

/** A text of more than one segment is allowed, and paid for more than once. */
export function checkLength(text: string): Finding[] {
  const { encoding, units, segments, perSegment } = smsLength(fixedPartOf(text));
  if (segments === 1) return [];
  const message = `takes at least ${segments} segments: ${units} characters before anything is filled in, and one segment holds ${perSegment} (${encoding})`;
  const remedy = encoding === 'GSM-7' ? 'shorten it' : `shorten it, or leave out ${foreign(text)} to fit 160`;
  return [{ path: ['channels', 'sms', 'text'], message, remedy, severity: 'warning' }];
}

/** The first characters that the phone network's own alphabet lacks. */
function foreign(text: string): string {
  const found = [...new Set(fixedPartOf(text))].filter((one) => smsLength(one).encoding === 'UCS-2');
  return found.slice(0, 5).join(' ');
}
