import type { CompiledMatch, CompiledWhen } from '../../compile-types.ts';
import { concerns } from '../instance-key.ts';
import { isBefore, type PatternEvent } from '../pattern-events.ts';
import type { EventMoment } from '../trigger-type.ts';

export type SequenceWhen = Extract<CompiledWhen, { type: 'sequence' }>;

/** An event with its part in the sequence. */
export interface Part extends PatternEvent {
  /** Bit n is set when it may be step n. */
  readonly steps: number;
  /** It must not come between. */
  readonly breaks: boolean;
}

/** The part that an event may play. */
export function partOf(when: SequenceWhen, { event, scope, key }: EventMoment): Part {
  const isMeant = (match: CompiledMatch) => match.name === event.name && match.matches(scope);
  let steps = when.events.some(isMeant) ? 1 : 0;
  for (const [index, match] of when.followedBy.entries()) if (isMeant(match)) steps |= 2 << index;
  return { key, messageId: event.messageId, atMs: event.occurredAtMs, steps, breaks: when.butNot.some(isMeant) };
}

/** What one instance is made of: parts in order, and its key. */
export interface Instance {
  readonly key: string;
  readonly parts: readonly Part[];
  readonly when: SequenceWhen;
}

/**
 * The sequence that an event completes for an instance, its events in order; null when it completes none. Before and after
 * the event the nearest events that fit are taken: no other choice spans less, so none can hold where this one does not.
 */
export function chainThrough({ key, parts, when }: Instance, through: Part): readonly Part[] | null {
  const mayBe = (part: Part, step: number) =>
    (part.steps & (1 << step)) !== 0 && (part.key === key || (part.key === '' && step > 0));
  const own = parts.filter((part) => part.steps !== 0 && (part.key === key || part.key === ''));
  let best: readonly Part[] | null = null;
  for (let step = 0; step <= when.followedBy.length; step += 1) {
    if (!mayBe(through, step)) continue;
    const before: Part[] = [];
    for (let index = own.indexOf(through) - 1; index >= 0 && before.length < step; index -= 1) {
      const part = own[index];
      if (part !== undefined && mayBe(part, step - 1 - before.length)) before.unshift(part);
    }
    const chain = [...before, through];
    for (
      let index = own.indexOf(through) + 1;
      index < own.length && chain.length <= when.followedBy.length;
      index += 1
    ) {
      const part = own[index];
      if (part !== undefined && mayBe(part, chain.length)) chain.push(part);
    }
    const isWhole = before.length === step && chain.length === when.followedBy.length + 1;
    if (isWhole && holds(chain, { key, parts, when }) && (best === null || isSooner(chain, best))) best = chain;
  }
  return best;
}

function holds(chain: readonly Part[], { key, parts, when }: Instance): boolean {
  const [first, last] = [chain[0], chain.at(-1)];
  if (first === undefined || last === undefined || last.atMs - first.atMs > when.withinMs) return false;
  return !parts.some((part) => part.breaks && concerns(part.key, key) && isBefore(first, part) && isBefore(part, last));
}

/** Ends sooner, or begins later. */
function isSooner(a: readonly Part[], b: readonly Part[]): boolean {
  const [aFirst, aLast, bFirst, bLast] = [a[0], a.at(-1), b[0], b.at(-1)];
  if (aFirst === undefined || aLast === undefined || bFirst === undefined || bLast === undefined) return false;
  return isBefore(aLast, bLast) || (aLast === bLast && isBefore(bFirst, aFirst));
}
