import type { CustomerEvent } from '@kairos/contracts';
import {
  type FailedDefinition,
  hasFailed,
  NONE_FAILED,
  noteThrown,
  takeFailure,
  withFailureOf,
} from '../conditions/failure.ts';
import type { ConditionScope } from '../conditions/types.ts';
import type { Scalar, Told } from './cells.ts';
import { type ComputedState, type TraitState, valueAt, withValue } from './fold.ts';
import type { CompiledComputedTrait, CompiledComputedTraits, ComputedTraitOf } from './types.ts';

/** Elements of a list that are taken as values. */
const MAX_VALUES = 100;

export interface ComputedEvent {
  readonly event: Pick<CustomerEvent, 'name' | 'type' | 'source' | 'messageId' | 'occurredAtMs'>;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Log time, which decides what lies in a window. */
  readonly loggedAtMs: number;
}

export interface ComputedResult {
  readonly computed: ComputedState;
  readonly failed: readonly FailedDefinition[];
}

/** Adds an event to the traits that count it. */
export function withComputed(
  before: ComputedState | undefined,
  event: ComputedEvent,
  { concerned, meanings }: { readonly concerned: readonly ComputedTraitOf[]; readonly meanings: ReadonlySet<string> },
): ComputedResult {
  const computed: Record<string, TraitState> = {};
  for (const [meaning, state] of Object.entries(before ?? {})) if (meanings.has(meaning)) computed[meaning] = state;
  const { name, type, source, messageId, occurredAtMs } = event.event;
  const scope: ConditionScope = {
    event: { name, type, source, messageId, occurredAtMs },
    properties: event.properties,
  };
  let failed = NONE_FAILED;
  takeFailure();
  for (const { trait, matches } of concerned) {
    const { meaning, window } = trait;
    if (matches.some((match) => asked(() => match.matches(scope)) === true)) {
      let state = Object.hasOwn(computed, meaning) ? computed[meaning] : undefined;
      for (const told of toldOf(trait, scope, occurredAtMs)) {
        state = withValue(state, told, { window, nowMs: event.loggedAtMs });
      }
      if (state !== undefined) computed[meaning] = state;
    }
    if (hasFailed()) failed = withFailureOf(trait.definition, failed);
  }
  return { computed, failed };
}

/** What throws counts as nothing, and its neighbours are asked all the same. */
function asked<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch (error) {
    noteThrown(error);
    return null;
  }
}

function toldOf({ where, value, definition }: CompiledComputedTrait, scope: ConditionScope, atMs: number): Told[] {
  if (where !== null && asked(() => where.evaluate(scope)) !== true) return [];
  if (definition.compute === 'count') return [{ value: null, atMs }];
  const said = value === null ? null : asked(() => value.value(scope));
  const values: readonly unknown[] = Array.isArray(said) ? said.slice(0, MAX_VALUES) : [said];
  return values.filter(isScalar).map((one) => ({ value: one, atMs }));
}

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));

type Values = Readonly<Record<string, Scalar | null>>;
const NO_VALUES: Values = Object.freeze({});

/** The live traits as they stand at `atMs`: windows run out with the time of the log, and without a further event, too. */
export function computedView(
  state: ComputedState | undefined,
  { traits }: Pick<CompiledComputedTraits, 'traits'>,
  atMs: number,
): Values {
  if (traits.length === 0) return NO_VALUES;
  const values: Record<string, Scalar | null> = {};
  for (const { definition, meaning, window } of traits) {
    values[definition.id] = valueAt(state?.[meaning], window, atMs);
  }
  return values;
}
