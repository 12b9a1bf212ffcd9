import { ConditionError } from './fault.ts';
import type { ConditionFault } from './types.ts';

/**
 * What went wrong while a definition was evaluated: noted where it happens, taken by whoever can say of which definition
 * it is. A second way out beside the answer (false, or null), so that a condition that nobody ever gets wrong pays nothing
 * for it. Whoever takes must have taken just before, too: what others left is none of its own.
 */
let noted: ConditionFault | null = null;

export function noteFailure(fault: ConditionFault): void {
  noted ??= fault;
}

/** The first failure since the last taking; null = none. */
export function takeFailure(): ConditionFault | null {
  const fault = noted;
  noted = null;
  return fault;
}

/** Whether there is one to take. */
export const hasFailed = (): boolean => noted !== null;

/** What was thrown, as a fault. No text of it is told: it may quote what the event says. */
export function noteThrown(error: unknown): void {
  noteFailure(error instanceof ConditionError ? error.fault : thrown(error));
}

function thrown(error: unknown): ConditionFault {
  const name = error instanceof Error ? error.name : typeof error;
  return { code: 'THROWN', message: `The definition could not be carried out (${name}).`, start: 0, end: 0 };
}

/** A definition that failed, by name, so that it can be counted. */
export interface FailedDefinition {
  readonly kind: 'Trigger' | 'Journey' | 'Segment' | 'Model' | 'ComputedTrait' | 'ContactRule';
  readonly id: string;
  readonly code: ConditionFault['code'];
}

/** The one empty list: where nothing fails, nothing is made. */
export const NONE_FAILED: readonly FailedDefinition[] = [];

/** The failures so far with the one that was noted for this definition, if there is one. */
export function withFailureOf(
  { kind, id }: Pick<FailedDefinition, 'kind' | 'id'>,
  failed: readonly FailedDefinition[],
): readonly FailedDefinition[] {
  const fault = takeFailure();
  return fault === null ? failed : [...failed, { kind, id, code: fault.code }];
}
