import type { CompiledPlannedEvent, PropertyNode } from './compile-tracking.ts';

/** Way down from `properties`: names; null = an element of a list, or a name that is computed. */
export type Steps = readonly (string | null)[];

export type FoundProperty =
  | { readonly is: 'known'; readonly property: PropertyNode }
  /** The plan says nothing of it. */
  | { readonly is: 'open' }
  | {
      readonly is: 'unknown';
      readonly name: string;
      readonly within: string | null;
      readonly known: readonly string[];
    };

/** Name of a property that stands for any: the names are free, and what they hold is known. */
export const ANY_NAME = '*';

const OPEN: FoundProperty = { is: 'open' };

/** What the plan of an event says of a property. */
export function findProperty({ properties }: Pick<CompiledPlannedEvent, 'properties'>, steps: Steps): FoundProperty {
  let within: PropertyNode | null = null;
  let isElement = false;
  for (const step of steps) {
    if (step === null) {
      if (within === null || isElement || !within.ofElements) return OPEN;
      isElement = true;
      continue;
    }
    const names: readonly PropertyNode[] | null = within === null ? properties : fieldsOf(within, isElement);
    if (names === null) return OPEN;
    const found: PropertyNode | undefined = names.find(({ name }) => name === step || name === ANY_NAME);
    if (found === undefined) {
      return { is: 'unknown', name: step, within: within?.path ?? null, known: names.map(({ name }) => name) };
    }
    within = found;
    isElement = false;
  }
  return within === null || isElement ? OPEN : { is: 'known', property: within };
}

/** What lies below; null = nobody says. A text or a number has nothing below it. */
function fieldsOf({ type, below, ofElements }: PropertyNode, isElement: boolean): readonly PropertyNode[] | null {
  if (ofElements) return isElement ? below : [];
  if (below.length > 0) return below;
  return type === null || type === 'object' || type === 'array' ? null : [];
}
