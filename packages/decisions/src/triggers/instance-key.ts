import type { CompiledTrigger } from '../compile-types.ts';
import type { ConditionScope } from '../conditions/types.ts';

const MAX_KEY_LENGTH = 200;

/** The instance that an event means: the first alternative of `oncePer` that it has; '' for the person, or when it lacks all. */
export function instanceKeyOf(trigger: CompiledTrigger, scope: ConditionScope): string {
  for (const alternative of trigger.oncePer) {
    const value = alternative.read(scope);
    if (value !== null) return value.slice(0, MAX_KEY_LENGTH);
  }
  return '';
}

/**
 * Whether an event that ends something concerns an instance. An event without a key concerns all open instances; and the
 * instance without a key may be any, so an event with a key ends that too: better one message too few.
 */
export const concerns = (eventKey: string, instanceKey: string): boolean =>
  eventKey === '' || instanceKey === '' || eventKey === instanceKey;
