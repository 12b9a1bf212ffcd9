import type { DetectState } from './detect-state.ts';
import { TriggerStates } from './trigger-states.ts';

/** What the detector remembers of a person who waits for the state of an old one: its timers wait too. */
export interface AwaitingDetectState extends DetectState {
  /** Old states that have not come; none = does not wait. */
  readonly waits?: number;
}

/** How many old states the person waits for. */
export const detectWaits = (state: AwaitingDetectState | undefined): number => state?.waits ?? 0;

/** The state with the number of old states that are waited for; undefined when nothing need be remembered. */
export function withDetectWaits(state: DetectState | undefined, waits: number): AwaitingDetectState | undefined {
  if (waits === 0 && state !== undefined && 'waits' in state) {
    const { waits: _, ...rest } = state as AwaitingDetectState;
    return rest.journeys !== undefined || !TriggerStates.of(rest.triggers).isEmpty ? rest : undefined;
  }
  if (waits === 0) return state;
  return { ...(state ?? { triggers: TriggerStates.none, profile: '{}', segments: [] }), waits };
}
