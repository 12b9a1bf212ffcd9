import type { CompiledCondition, CompiledExpression, ConditionScope } from '../conditions/types.ts';
import type { ComputedTraitDefinition } from './definition.ts';
import type { Window } from './fold.ts';

/** A computed trait, compiled. */
export interface CompiledComputedTrait {
  readonly definition: ComputedTraitDefinition;
  /** Hash of its id and of what it computes: what its words, owner and status are changes nothing of what was counted. */
  readonly meaning: string;
  readonly window: Window;
  readonly where: CompiledCondition | null;
  readonly value: CompiledExpression | null;
}

/** A trait, with the matches that name the event; any of them will do. */
export interface ComputedTraitOf {
  readonly trait: CompiledComputedTrait;
  readonly matches: readonly { matches(scope: ConditionScope): boolean }[];
}

/** The computed traits of a playbook. */
export interface CompiledComputedTraits {
  /** Live ones, in order of id. */
  readonly traits: readonly CompiledComputedTrait[];
  /** Live ones by the name of an event that they count. */
  readonly byEvent: ReadonlyMap<string, readonly ComputedTraitOf[]>;
  /** Meanings of live and paused ones: what was counted under any other is forgotten. */
  readonly meanings: ReadonlySet<string>;
}
