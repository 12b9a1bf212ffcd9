import { concerns } from '../instance-key.ts';
import { isCancelled } from '../memory.ts';
import type { Pair } from '../merge-types.ts';
import {
  inOrder,
  isPast,
  latest,
  memoryUntilMs,
  mergeEvents,
  mergeSpent,
  type Spent,
  spend,
  spentUntilMs,
} from '../pattern-events.ts';
import { startNow } from '../start-now.ts';
import type { Own, TriggerState } from '../state.ts';
import type { EventMoment, Fact, TriggerType, TypeStep } from '../trigger-type.ts';
import { takeBack } from '../withdraw.ts';
import { chainThrough, type Part, partOf, type SequenceWhen } from './chain.ts';
import { sequenceSpec } from './spec.ts';

/** The events of all instances in order of time, and up to where each instance is spent. */
interface SequenceOwn extends Own {
  readonly type: 'sequence';
  readonly untilMs: number;
  readonly parts: readonly Part[];
  readonly spent: readonly Spent[];
}

/** Events that are remembered of one person, over all keys. */
const MAX_PARTS = 256;

export const ownOf = ({ own }: TriggerState): SequenceOwn | null =>
  own?.type === 'sequence' ? (own as SequenceOwn) : null;

const whenOf = ({ trigger }: Pick<EventMoment, 'trigger'>): SequenceWhen | null =>
  trigger.when.type === 'sequence' ? trigger.when : null;

function start(state: TriggerState, moment: EventMoment): TypeStep {
  const when = whenOf(moment);
  if (when === null) return { state, facts: [] };
  const part = partOf(when, moment);
  const before = part.breaks ? takeBack(state, moment, (firing) => (isBetween(firing, part) ? 'EXITED' : null)) : null;
  const step = remember(before?.state ?? state, moment, { when, part });
  return before === null ? step : { state: step.state, facts: [...before.facts, ...step.facts] };
}

/** It came between what has fired, and comes late. */
const isBetween = (firing: TriggerState['fired'][number], { key, atMs }: Part): boolean =>
  concerns(key, firing.key) && atMs > firing.lastArmAtMs && atMs < firing.dueAtMs;

interface Play {
  readonly when: SequenceWhen;
  readonly part: Part;
}

function remember(state: TriggerState, moment: EventMoment, { when, part }: Play): TypeStep {
  const { timeMs, liveHorizonMs } = moment;
  const own = ownOf(state);
  const known = own?.parts ?? [];
  const keptMs = when.withinMs + liveHorizonMs;
  if (known.some(({ messageId }) => messageId === part.messageId)) return { state, facts: [] };
  // What was cancelled is no step any more; that it came between remains true.
  const isStep = part.steps !== 0 && !isPast(state, moment, keptMs);
  if (!isStep && (!part.breaks || part.atMs <= timeMs - keptMs)) return { state, facts: [] };
  const added: Part = isStep ? part : { ...part, steps: 0 };
  const kept = inOrder(known, added).filter(({ atMs }) => atMs > timeMs - keptMs);
  let rest: Rest = { parts: latest(kept, MAX_PARTS), spent: own?.spent ?? [] };
  const complete: Complete[] = [];
  for (const key of added.key === '' ? keysOf(rest.parts) : [added.key]) {
    if (added.atMs <= spentUntilMs(rest.spent, key)) continue;
    const parts = rest.parts.filter(({ atMs }) => atMs > spentUntilMs(rest.spent, key));
    const chain = chainThrough({ key, parts, when }, added);
    if (chain === null) continue;
    complete.push({ key, chain });
    rest = spendChain(rest, key, chain.at(-1)?.atMs ?? added.atMs);
  }
  let next = withOwn(state, rest, keptMs);
  const facts: Fact[] = [];
  for (const one of complete) {
    const step = startNow(next, { ...moment, key: one.key }, { events: one.chain });
    next = step.state;
    facts.push(...step.facts);
  }
  return { state: next, facts };
}

type Rest = Pick<SequenceOwn, 'parts' | 'spent'>;

const keysOf = (parts: readonly Part[]): readonly string[] => [...new Set(parts.map(({ key }) => key))].sort();

/** Events without a key, and those that must not come between, may still matter to other instances. */
const spendChain = ({ parts, spent }: Rest, key: string, atMs: number): Rest => ({
  parts: parts.filter((one) => one.key !== key || key === '' || one.breaks || one.atMs > atMs),
  spent: spend(spent, { key, atMs }),
});

interface Complete {
  readonly key: string;
  readonly chain: readonly Part[];
}

function withOwn(state: TriggerState, { parts, spent }: Rest, keptMs: number): TriggerState {
  if (parts.length === 0 && spent.length === 0) return state.own === null ? state : { ...state, own: null };
  const newestMs = Math.max(...[...parts, ...spent].map(({ atMs }) => atMs));
  const own: SequenceOwn = { type: 'sequence', untilMs: memoryUntilMs(newestMs, keptMs), parts, spent };
  return { ...state, own };
}

const withoutSteps = (part: Part): readonly Part[] => (part.breaks ? [{ ...part, steps: 0 }] : []);

/** Steps up to a cancelling event are none any more. */
function cancel(state: TriggerState, { event, key }: EventMoment): TriggerState {
  const own = ownOf(state);
  if (own === null) return state;
  const isSettled = (part: Part) =>
    part.steps !== 0 &&
    part.atMs <= event.occurredAtMs &&
    concerns(key, part.key) &&
    part.messageId !== event.messageId;
  if (!own.parts.some(isSettled)) return state;
  const parts = own.parts.flatMap((part) => (isSettled(part) ? withoutSteps(part) : [part]));
  return { ...state, own: parts.length === 0 && own.spent.length === 0 ? null : ({ ...own, parts } as SequenceOwn) };
}

/** The events of both, as far as neither side has spent or cancelled them. */
function mergeOwn({ into, from }: Pair): Own | null {
  const [a, b] = [ownOf(into), ownOf(from)];
  const spent = mergeSpent(a?.spent ?? [], b?.spent ?? []);
  const isSettled = (part: Part) =>
    (part.key !== '' && part.atMs <= spentUntilMs(spent, part.key)) ||
    [into, from].some((side) => isCancelled(side, { ...part, exceptMessageId: part.messageId }));
  const all = mergeEvents(a?.parts ?? [], b?.parts ?? []);
  const parts = latest(
    all.flatMap((part) => (isSettled(part) ? withoutSteps(part) : [part])),
    MAX_PARTS,
  );
  if (parts.length === 0 && spent.length === 0) return null;
  return { type: 'sequence', untilMs: Math.max(a?.untilMs ?? 0, b?.untilMs ?? 0), parts, spent } as SequenceOwn;
}

/** A, then B, then C within a window, and none of X in between. Nothing ever waits. */
export const sequenceTrigger: TriggerType = {
  spec: sequenceSpec,
  start,
  cancel,
  cancelWindowMs: (trigger, liveHorizonMs) => {
    const when = whenOf({ trigger });
    return when === null ? 0 : Math.max(when.withinMs + liveHorizonMs, trigger.definition.expiresAfterMs);
  },
  dueAtMs: () => undefined,
  dueItems: () => [],
  fire: (state) => ({ state, facts: [] }),
  drop: (state) => ({ state, armedBy: '' }),
  mergeOwn,
};
