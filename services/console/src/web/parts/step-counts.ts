import type { Moved } from '../api.ts';

/** How often steps and ways of one version were taken. */
export interface StepCounts {
  /** Persons who came to a step. */
  at(place: string): number;
  /** Persons who took a way that leaves a step. */
  along(place: string, way: string): number;
}

/**
 * A fork tells only the way that was taken. A `waitFor` tells when it begins and, with the way, when it ends; one that has
 * come already does not begin, so whoever ended it counts where nobody began. Starts and exits have no place.
 */
export function countSteps(moves: readonly Moved[], version: string): StepCounts {
  const own = moves.filter((moved) => moved.version === version);
  const taken = (place: string, way: (way: string) => boolean): number =>
    sum(own.filter((moved) => moved.outcome === 'journeyStepTaken' && moved.step === place && way(moved.way)));
  const of = (outcome: string): number => sum(own.filter((moved) => moved.outcome === outcome));
  return {
    at(place) {
      if (place === 'start') return of('journeyStarted');
      if (place === 'end') return of('journeyExited');
      return Math.max(
        taken(place, (way) => way === ''),
        taken(place, (way) => way !== ''),
      );
    },
    along: (place, name) => taken(place, (way) => way === name),
  };
}

const sum = (moves: readonly Moved[]): number => moves.reduce((all, { n }) => all + n, 0);
