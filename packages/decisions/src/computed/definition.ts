import type { Common, EventMatch } from '../definition-parts.ts';

/** What is made of the values. `count` needs none. */
export const computeKinds = ['count', 'sum', 'average', 'min', 'max', 'first', 'last', 'distinct', 'top'] as const;
export type ComputeKind = (typeof computeKinds)[number];

/** A value that is computed per person from what their events say; conditions read it as `profile.computed.<id>`. */
export interface ComputedTraitDefinition extends Common {
  readonly kind: 'ComputedTrait';
  readonly events: readonly EventMatch[];
  /** Condition over `event` and `properties` that all of them must fulfil; null = none. */
  readonly where: string | null;
  readonly compute: ComputeKind;
  /** An expression over `event` and `properties`; null when events are counted. Of a list each element is a value. */
  readonly value: string | null;
  /** Rolling window; null = everything since the definition was published. */
  readonly withinMs: number | null;
}
