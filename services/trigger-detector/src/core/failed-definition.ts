import type { TriggerDetected } from '@kairos/contracts';
import { type FailedDefinition, parseObject } from '@kairos/decisions';

/** Whose failure a DEFINITION_FAILED tells of: the journey's that its evidence names, else the trigger's. */
export function failedDefinition({ triggerId, evidence }: TriggerDetected): FailedDefinition {
  const { failed, journeyId } = parseObject(evidence) ?? {};
  const code = failed as FailedDefinition['code'];
  return typeof journeyId === 'string'
    ? { kind: 'Journey', id: journeyId, code }
    : { kind: 'Trigger', id: triggerId, code };
}
