import { type JourneyInstance, journeysDueAtMs } from './instance.ts';

/** Journeys as they lie encoded: read when something concerns them. A value. */
export interface StoredJourneys {
  /** As `journeysDueAtMs`, without reading them. */
  readonly dueAtMs: number | undefined;
  read(): readonly JourneyInstance[];
}

/** Journeys that a person is on, in order of start, in either form. */
export type Journeys = JourneyStates | readonly JourneyInstance[];

/** The journeys of a person as they were stored. Most of what a person does concerns none of them, and then they stay as they lie. */
export class JourneyStates {
  readonly stored: StoredJourneys;
  #list: readonly JourneyInstance[] | undefined;

  constructor(stored: StoredJourneys) {
    this.stored = stored;
  }

  get list(): readonly JourneyInstance[] {
    this.#list ??= this.stored.read();
    return this.#list;
  }

  toJSON(): readonly JourneyInstance[] {
    return this.list;
  }
}

export function journeysOf(journeys: Journeys): readonly JourneyInstance[];
export function journeysOf(journeys: Journeys | undefined): readonly JourneyInstance[] | undefined;
export function journeysOf(journeys: Journeys | undefined): readonly JourneyInstance[] | undefined {
  return journeys instanceof JourneyStates ? journeys.list : journeys;
}

/** Earliest time at which there is something to do for one of them. */
export const dueOfJourneys = (journeys: Journeys): number | undefined =>
  journeys instanceof JourneyStates ? journeys.stored.dueAtMs : journeysDueAtMs(journeys);
