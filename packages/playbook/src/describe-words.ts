import type { EventMatch } from '@kairos/decisions';

export const quote = (text: string) => `“${text}”`;
export const event = ({ name, where }: EventMatch) =>
  where === null ? quote(name) : `${quote(name)} (where ${where})`;

export function list(words: readonly string[], joint: 'or' | 'and'): string {
  if (words.length <= 1) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${joint} ${words.at(-1)}`;
}

export const events = (matches: readonly EventMatch[]) => list(matches.map(event), 'or');
