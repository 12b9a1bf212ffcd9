import type { ConditionScope } from '../conditions/types.ts';
import { parseObject } from '../profiles/json.ts';
import type { JourneyInstance } from './instance.ts';
import { sendsSeen } from './sends.ts';
import type { JourneyMoment } from './step.ts';

const ofJourney = (instance: JourneyInstance) => ({
  evidence: parseObject(instance.evidence) ?? {},
  ...sendsSeen(instance),
});

/**
 * What the condition of a step sees: no event, for most steps are taken when time has come. JSON is parsed when it is first
 * asked for.
 */
export class StepScope implements ConditionScope {
  readonly segments: readonly string[];
  readonly now: number;
  readonly #profile: string;
  readonly #evidence: string;
  readonly #sent: JourneyInstance['sends'];

  constructor(evidence: string, sends: JourneyInstance['sends'], { profile, segments, nowMs }: JourneyMoment) {
    this.segments = segments;
    this.now = nowMs;
    this.#profile = profile;
    this.#evidence = evidence;
    this.#sent = sends;
  }

  get profile(): Readonly<Record<string, unknown>> {
    return parseObject(this.#profile) ?? {};
  }

  get evidence(): Readonly<Record<string, unknown>> {
    return parseObject(this.#evidence) ?? {};
  }

  get sends(): ReturnType<typeof sendsSeen>['sends'] {
    return sendsSeen({ sends: this.#sent }).sends;
  }

  get reasons(): ReturnType<typeof sendsSeen>['reasons'] {
    return sendsSeen({ sends: this.#sent }).reasons;
  }
}

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
