import type { When } from '../definitions.ts';
import type { DetectState } from './detect-state.ts';
import { memoryEndsAtMs } from './memory.ts';
import { triggerTypes } from './registry.ts';
import type { TriggerState } from './state.ts';
import { TriggerStates } from './trigger-states.ts';

/** Types that wait for something; by the shape of the state, since a trigger may have changed its type meanwhile. */
export const WAITING_TYPES: readonly When['type'][] = ['absence', 'inactivity', 'date', 'unusual'];

/** Earliest timer of one trigger; undefined when it waits for nothing. */
export function triggerDueAtMs(trigger: TriggerState): number | undefined {
  let due: number | undefined;
  for (const type of WAITING_TYPES) {
    const atMs = triggerTypes[type].dueAtMs(trigger);
    if (atMs !== undefined && (due === undefined || atMs < due)) due = atMs;
  }
  return due;
}

/** When all that one trigger remembers may be let go; undefined when nothing has an end. */
export const triggerEndsAtMs = memoryEndsAtMs;

/** Earliest time at which there is something to do for a person: a timer, or else the end of all memory. */
export function dueAtMs({ triggers }: Pick<DetectState, 'triggers'>): number | undefined {
  const states = TriggerStates.of(triggers);
  const { stored, held, active, shared } = states;
  let due: number | undefined;
  let end: number | undefined;
  for (const { timerAtMs } of active?.clocks ?? []) due = earlier(due, timerAtMs);
  for (const { state } of held) {
    if (state === null) continue;
    due = earlier(due, triggerDueAtMs(state));
    if (due === undefined) end = later(end, triggerEndsAtMs(state));
  }
  if (stored !== null && held.length === 0) {
    due = earlier(due, stored.earliestDueAtMs);
    if (due === undefined) end = later(end, stored.latestEndAtMs);
  } else {
    for (let place = 0; place < (stored?.size ?? 0); place += 1) {
      if (states.isHeld(place)) continue;
      due = earlier(due, stored?.dueAtMs(place));
      if (due === undefined) end = later(end, stored?.endsAtMs(place));
    }
  }
  return due ?? (shared.isEmpty ? end : later(end, shared.endsAtMs));
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}

function later(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}
