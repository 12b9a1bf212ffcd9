import type { Random } from '@kairos/cli';
import type { Promised } from '../checker/findings.ts';
import type { House } from '../house/house.ts';

export interface Scale {
  /** The form that CI runs: fewer faults, fewer events, shorter outages. */
  readonly short: boolean;
  readonly seed: number;
  /** Instead of the scenario's own number. */
  readonly events?: number | undefined;
}

export type Phase = 'set up' | 'faults' | 'drain' | 'check';

export interface ScenarioContext extends Scale {
  readonly house: House;
  readonly random: Random;
  readonly runId: string;
  /** One line of progress, replaced by the next. */
  say(line: string): void;
  /** A part of the run begins; the report says how long each took. */
  phase(name: Phase): void;
}

/** One named, independent run: its faults, and what it says of the promises. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  run(context: ScenarioContext): Promise<readonly Promised[]>;
}
