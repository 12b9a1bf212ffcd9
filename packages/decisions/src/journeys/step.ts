import type { CompiledJourney, CompiledPlaybook } from '../compile-types.ts';
import type { Fact } from '../triggers/trigger-type.ts';
import type { JourneyInstance } from './instance.ts';

/** Where in a person's log an instance moves. */
export interface JourneyMoment {
  readonly personId: string;
  readonly playbook: CompiledPlaybook;
  readonly playbookVersion: string;
  /** Log time of the event, or the watermark, UTC ms. */
  readonly nowMs: number;
  /** When what moves it happened: received, or due, UTC ms. */
  readonly causedAtMs: number;
  /** Ids of the events that move it. */
  readonly causes: readonly string[];
  /** The projection as JSON text, frozen into proposals. */
  readonly profile: string;
  readonly segments: readonly string[];
}

/** The journey of the version that was entered, and where in the log it moves. */
export interface JourneyAt {
  readonly journey: CompiledJourney;
  readonly moment: JourneyMoment;
}

export interface JourneyMove {
  /** null = nothing of it need be remembered. */
  readonly instance: JourneyInstance | null;
  readonly facts: readonly Fact[];
}
