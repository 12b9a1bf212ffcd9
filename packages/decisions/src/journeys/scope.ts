import type { ConditionScope } from '../conditions/types.ts';
import { parseObject } from '../profiles/json.ts';
import type { JourneyInstance } from './instance.ts';
import { sendsSeen } from './sends.ts';
import type { JourneyMoment } from './step.ts';

const ofJourney = (instance: JourneyInstance) => ({
  evidence: parseObject(instance.evidence) ?? {},
  ...sendsSeen(instance),
});

/** What the condition of a step sees: no event, for most steps are taken when time has come. */
export const stepScope = (instance: JourneyInstance, { profile, segments, nowMs }: JourneyMoment): ConditionScope => ({
  profile: parseObject(profile) ?? {},
  segments,
  now: nowMs,
  ...ofJourney(instance),
});

/** What the condition of an awaited or ending event sees. */
export const eventScope = (
  { event, properties, profile, segments, now }: ConditionScope,
  instance: JourneyInstance,
): ConditionScope => ({
  ...(event === undefined ? {} : { event }),
  ...(properties === undefined ? {} : { properties }),
  ...(profile === undefined ? {} : { profile }),
  ...(segments === undefined ? {} : { segments }),
  ...(now === undefined ? {} : { now }),
  ...ofJourney(instance),
});
