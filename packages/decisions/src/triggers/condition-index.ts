import { takeFailure } from '../conditions/failure.ts';
import { type Needed, neededOf } from '../conditions/needed.ts';
import type { CompiledCondition, ConditionScope } from '../conditions/types.ts';

interface Asked<T> {
  readonly condition: CompiledCondition;
  readonly of: readonly T[];
}

/** Conditions that all need one value of what an event says, by the value that they need. */
interface ByValue<T> {
  read(scope: ConditionScope): unknown;
  readonly asked: ReadonlyMap<unknown, readonly Asked<T>[]>;
}

/**
 * Many conditions, and what hangs on each. A condition that several ask for is asked once; one that needs a certain value
 * (`properties.category == "shoes"`) is asked only where the event has it. So dozens of conditions cost little more than a few.
 */
export class ConditionIndex<T> {
  readonly #plain: readonly Asked<T>[];
  readonly #byValue: readonly ByValue<T>[];
  readonly #bySegment: ReadonlyMap<string, readonly Asked<T>[]>;

  constructor(conditions: Iterable<readonly [CompiledCondition, T]>) {
    const all = new Map<string, { condition: CompiledCondition; of: T[] }>();
    for (const [condition, of] of conditions) {
      const known = all.get(condition.text);
      if (known === undefined) all.set(condition.text, { condition, of: [of] });
      else if (!known.of.includes(of)) known.of.push(of);
    }
    const plain: Asked<T>[] = [];
    const bySegment = new Map<string, Asked<T>[]>();
    const byValue = new Map<string, { read: Needed['read']; asked: Map<unknown, Asked<T>[]> }>();
    for (const asked of all.values()) {
      const needed = neededOf(asked.condition.text);
      if (needed === null) plain.push(asked);
      else if (needed.kind === 'segment') push(bySegment, needed.value as string, asked);
      else {
        const values = byValue.get(needed.path) ?? { read: needed.read, asked: new Map() };
        byValue.set(needed.path, values);
        push(values.asked, needed.value, asked);
      }
    }
    this.#plain = plain;
    this.#byValue = [...byValue.values()];
    this.#bySegment = bySegment;
  }

  /** What hangs on the conditions that hold, some of it perhaps twice; null, and nothing made, when none does. */
  matching(scope: ConditionScope): T[] | null {
    let found = held(this.#plain, scope, null);
    for (const { read, asked } of this.#byValue) {
      const here = asked.get(read(scope));
      if (here !== undefined) found = held(here, scope, found);
    }
    if (this.#bySegment.size === 0) return found;
    for (const segment of scope.segments ?? []) {
      const here = this.#bySegment.get(segment);
      if (here !== undefined) found = held(here, scope, found);
    }
    return found;
  }
}

/** What fails is asked again by whoever can say whose it is: here it must not pass for a condition that does not hold. */
function mayHold(condition: CompiledCondition, scope: ConditionScope): boolean {
  try {
    return condition.evaluate(scope) || takeFailure() !== null;
  } catch {
    return true;
  }
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [value]);
  else known.push(value);
}

function held<T>(asked: readonly Asked<T>[], scope: ConditionScope, before: T[] | null): T[] | null {
  let found = before;
  for (const { condition, of } of asked) {
    if (!mayHold(condition, scope)) continue;
    found ??= [];
    for (const one of of) found.push(one);
  }
  return found;
}
