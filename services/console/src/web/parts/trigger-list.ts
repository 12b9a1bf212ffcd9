import type { ListedTrigger } from '../api.ts';

export const sortKeys = ['id', 'status', 'hour', 'day', 'ever', 'sent', 'dropped'] as const;
export type SortKey = (typeof sortKeys)[number];

const sum = (reasons: readonly { readonly n: number }[]): number => reasons.reduce((all, { n }) => all + n, 0);

function sortValue({ id, status, numbers }: ListedTrigger, key: SortKey): string | number {
  switch (key) {
    case 'id':
      return id;
    case 'status':
      return status;
    case 'sent':
      return numbers.day.sent;
    case 'dropped':
      return sum(numbers.day.dropped);
    default:
      return numbers[key].started;
  }
}

/** Those in which every word is found (id, sentence, description, owner, kind, status), texts upwards and numbers downwards. */
export function listed(all: readonly ListedTrigger[], search: string, key: SortKey): readonly ListedTrigger[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = all.filter(({ kind, id, status, owner, description, sentence }) => {
    const text = [kind, id, status, owner, description, sentence].join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return [...found].sort((a, b) => {
    const [left, right] = [sortValue(a, key), sortValue(b, key)];
    const order =
      typeof left === 'number' && typeof right === 'number' ? right - left : String(left).localeCompare(String(right));
    return order || a.id.localeCompare(b.id);
  });
}
