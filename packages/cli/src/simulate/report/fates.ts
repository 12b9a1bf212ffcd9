/**
 * What became of each person, as one number: the sum of what was decided, whatever the order. Two runs in which a person
 * meets the same fate give the same number; the time of day at which something was decided is no part of it.
 */
export function fateMark(...parts: readonly (string | null)[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) {
    const text = part ?? '';
    for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ 0x1f, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** Where a person stands in the order from which samples are taken: the same in every run. */
export const sampleRank = (personId: string): number => fateMark('sample', personId);
