import type { Journeys } from '../journeys/journey-states.ts';
import type { Triggers } from './trigger-states.ts';

/** What the detector remembers of one person. Plain JSON. */
export interface DetectState {
  /** By id; read through `TriggerStates.of`, since most lie encoded. */
  readonly triggers: Triggers;
  /** The projection as it came with the last event (JSON text): what a timer's audience and message see; `{}` while no live timer asks. */
  readonly profile: string;
  readonly segments: readonly string[];
  /** Name of what watched the profile as it is remembered (`Watching.name`): it need not look at the same values again. */
  readonly watchedBy?: string;
  /** Journeys that the person is on; left out while there is none. Read through `journeysOf`, since most lie encoded. */
  readonly journeys?: Journeys;
}
