import type { JourneyNext, TriggerDetected } from './generated/avro-types.ts';

/** The id of a step that is told with another one of the same move: that one's, and its number behind it, from 1. */
export const nextId = (firingId: string, number: number): string => `${firingId}.${number}`;

/**
 * What a record of `triggers.detected` tells, each fact as if it had a record of its own: of a journey all that one move
 * did, in order. Whoever reads steps of journeys reads them through this.
 */
export function factsOf(record: TriggerDetected): readonly TriggerDetected[] {
  const { journey, next } = record;
  if (journey === null || next.length === 0) return [record];
  const alone = { ...record, next: NONE };
  const after = next.map(
    ({ outcome, code, dueAtMs, step, does, way, candidateId }, at): TriggerDetected => ({
      ...alone,
      firingId: nextId(record.firingId, at + 1),
      outcome,
      code,
      dueAtMs,
      journey: { ...journey, step, does, way, candidateId },
    }),
  );
  return [alone, ...after];
}

const NONE: readonly JourneyNext[] = [];

/** Of a fact that is told with another one: what is not as in that one. */
export const nextOf = ({ outcome, code, dueAtMs, journey }: TriggerDetected): JourneyNext => ({
  outcome,
  code,
  dueAtMs,
  step: journey?.step ?? null,
  does: journey?.does ?? null,
  way: journey?.way ?? null,
  candidateId: journey?.candidateId ?? null,
});
