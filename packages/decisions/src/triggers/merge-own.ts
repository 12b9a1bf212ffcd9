import type { Pair } from './merge-types.ts';
import { triggerTypes } from './registry.ts';
import type { Own } from './state.ts';

/**
 * What the type of the trigger keeps of its own, of both sides: by the type's rule, which treats both alike. Where the two
 * are of different types (the trigger changed its type meanwhile) the one that the live trigger understands stays.
 */
export function mergeOwn(pair: Pair): Own | null {
  const { into, from, trigger } = pair;
  const a = into.own ?? null;
  const b = from.own ?? null;
  if (a !== null && b !== null && a.type !== b.type) {
    if (a.type === trigger?.when.type) return a;
    if (b.type === trigger?.when.type) return b;
    return a.type < b.type ? a : b;
  }
  const type = a?.type ?? b?.type;
  if (type === undefined) return null;
  const merge = triggerTypes[type]?.mergeOwn;
  return merge === undefined ? null : merge(pair);
}
