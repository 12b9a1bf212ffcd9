import { takeFailure } from '../conditions/failure.ts';
import { notStarted } from './facts.ts';
import type { Fact } from './trigger-type.ts';

interface Where {
  readonly triggerId: string;
  readonly personId: string;
  readonly key: string;
  readonly atMs: number;
  readonly dueAtMs: number | null;
  readonly cause: string;
  readonly playbookVersion: string;
  readonly traceparent: string | null;
  /** The journey whose condition it was; the trigger's own unless given. */
  readonly journeyId?: string;
}

/**
 * Tells of a definition that failed since `takeFailure` was last asked: it counted as not true, and everybody else went on.
 * The evidence names the condition's fault, never what the event says.
 */
export function failureFact(where: Where): Fact | null {
  const fault = takeFailure();
  if (fault === null) return null;
  const { journeyId } = where;
  const evidence = { failed: fault.code, because: fault.message, ...(journeyId === undefined ? {} : { journeyId }) };
  return notStarted({ ...where, code: 'DEFINITION_FAILED', evidence: JSON.stringify(evidence) });
}
