import type { ASTNode } from '@marcbachmann/cel-js';
import { costLimits } from './cost.ts';
import { ConditionError, faultAt } from './fault.ts';
import { textOf } from './nodes.ts';

export const MAX_NESTED_MACROS = 2;
/** Where a frame counts down: behind the loop variables. */
export const STEPS_LEFT = 2;

/** Counts steps inside a macro: deterministic, as it is by the event alone. */
export function spend(steps: number, frame: unknown[], node: ASTNode): void {
  const left = (frame[STEPS_LEFT] as number) - steps;
  frame[STEPS_LEFT] = left;
  if (left >= 0) return;
  const message = `“${textOf(node)}” took more than ${costLimits.steps} steps.`;
  throw new ConditionError(faultAt(node, { code: 'OVER_BUDGET', message }));
}
