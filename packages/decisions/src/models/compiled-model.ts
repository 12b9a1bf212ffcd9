import type { ConditionScope } from '../conditions/types.ts';
import type { ModelDefinition } from './definition.ts';

export type Profile = Readonly<Record<string, unknown>>;

export interface CompiledModel {
  readonly definition: ModelDefinition;
  /** Id of the person's group; null where the model does not ask about the person. `now` is log time. Never throws. */
  groupOf(scope: ConditionScope & { readonly profile: Profile; readonly now: number }): string | null;
}
