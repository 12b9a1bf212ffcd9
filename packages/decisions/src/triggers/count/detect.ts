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
import type { EventMoment, TriggerType, TypeStep } from '../trigger-type.ts';
import { countSpec } from './spec.ts';
import { type Counted, type CountWhen, countedValue, crossingOf, windowMsOf } from './window.ts';

/** What is counted, of all keys, in order of time; and up to where it is spent. */
interface CountOwn extends Own {
  readonly type: 'count';
  readonly untilMs: number;
  readonly counted: readonly Counted[];
  readonly spent: readonly Spent[];
}

/** Events that are remembered of one person, over all keys. */
const MAX_COUNTED = 256;

export const ownOf = ({ own }: TriggerState): CountOwn | null => (own?.type === 'count' ? (own as CountOwn) : null);

const whenOf = ({ trigger }: Pick<EventMoment, 'trigger'>): CountWhen | null =>
  trigger.when.type === 'count' ? trigger.when : null;

function start(state: TriggerState, moment: EventMoment): TypeStep {
  const when = whenOf(moment);
  const value = when === null ? null : countedValue(when, moment.scope);
  if (when === null || value === null) return { state, facts: [] };
  const { event, key, timeMs, liveHorizonMs } = moment;
  const own = ownOf(state);
  const before = own?.counted ?? [];
  const keptMs = windowMsOf(when) + liveHorizonMs;
  const isSpent = event.occurredAtMs <= spentUntilMs(own?.spent ?? [], key);
  const isKnown = before.some(({ messageId }) => messageId === event.messageId);
  if (isSpent || isKnown || isPast(state, moment, keptMs)) return { state, facts: [] };
  const added: Counted = { key, messageId: event.messageId, atMs: event.occurredAtMs, value };
  const kept = inOrder(before, added).filter(({ atMs }) => atMs > timeMs - keptMs);
  const counted = latest(kept, MAX_COUNTED);
  const crossing = crossingOf(
    counted.filter((one) => one.key === key),
    added,
    { when, scope: moment.scope },
  );
  if (crossing === null) return { state: withOwn(state, { counted, spent: own?.spent ?? [] }, keptMs), facts: [] };
  const spentMs = crossing.events.at(-1)?.atMs ?? event.occurredAtMs;
  const rest = {
    counted: counted.filter((one) => one.key !== key || one.atMs > spentMs),
    spent: spend(own?.spent ?? [], { key, atMs: spentMs }),
  };
  const more = when.of === 'count' ? undefined : { [when.of]: crossing.total };
  return startNow(withOwn(state, rest, keptMs), moment, {
    events: crossing.events,
    ...(more === undefined ? {} : { more }),
  });
}

function withOwn(state: TriggerState, parts: Pick<CountOwn, 'counted' | 'spent'>, keptMs: number): TriggerState {
  const { counted, spent } = parts;
  if (counted.length === 0 && spent.length === 0) return state.own === null ? state : { ...state, own: null };
  const newestMs = Math.max(...[...counted, ...spent].map(({ atMs }) => atMs));
  const own: CountOwn = { type: 'count', untilMs: memoryUntilMs(newestMs, keptMs), counted, spent };
  return { ...state, own };
}

/** What was counted up to a cancelling event counts no more. */
function cancel(state: TriggerState, { event, key }: EventMoment): TriggerState {
  const own = ownOf(state);
  if (own === null) return state;
  const counted = own.counted.filter(
    (one) => one.atMs > event.occurredAtMs || !concerns(key, one.key) || one.messageId === event.messageId,
  );
  if (counted.length === own.counted.length) return state;
  return { ...state, own: counted.length === 0 && own.spent.length === 0 ? null : ({ ...own, counted } as CountOwn) };
}

/** All that both counted, as far as the other side has neither spent nor cancelled it. */
function mergeOwn({ into, from }: Pair): Own | null {
  const [a, b] = [ownOf(into), ownOf(from)];
  const spent = mergeSpent(a?.spent ?? [], b?.spent ?? []);
  const isOpen = (one: Counted) =>
    one.atMs > spentUntilMs(spent, one.key) &&
    ![into, from].some((side) => isCancelled(side, { ...one, exceptMessageId: one.messageId }));
  const counted = latest(mergeEvents(a?.counted ?? [], b?.counted ?? []).filter(isOpen), MAX_COUNTED);
  if (counted.length === 0 && spent.length === 0) return null;
  return { type: 'count', untilMs: Math.max(a?.untilMs ?? 0, b?.untilMs ?? 0), counted, spent } as CountOwn;
}

/** N matches, or a sum, or so many different values, within a window. Nothing ever waits. */
export const countTrigger: TriggerType = {
  spec: countSpec,
  start,
  cancel,
  cancelWindowMs: (trigger, liveHorizonMs) => {
    const when = whenOf({ trigger });
    return when === null ? 0 : Math.max(windowMsOf(when) + liveHorizonMs, trigger.definition.expiresAfterMs);
  },
  dueAtMs: () => undefined,
  dueItems: () => [],
  fire: (state) => ({ state, facts: [] }),
  drop: (state) => ({ state, armedBy: '' }),
  mergeOwn,
};
