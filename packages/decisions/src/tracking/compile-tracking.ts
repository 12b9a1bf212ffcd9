import type { PlannedEvent, PlannedProperty, PropertyType, TrackingPlanDefinition } from './definition.ts';

/** A property with all that is planned below it. */
export interface PropertyNode {
  readonly name: string;
  readonly path: string;
  /** null = only what lies below it is planned. */
  readonly type: PropertyType | null;
  readonly required: boolean;
  /** null = any of the type. */
  readonly values: ReadonlySet<unknown> | null;
  /** Properties of the object, or of each element of the list. */
  readonly below: readonly PropertyNode[];
  /** What lies below is that of each element. */
  readonly ofElements: boolean;
}

export interface CompiledPlannedEvent {
  readonly definition: PlannedEvent;
  readonly properties: readonly PropertyNode[];
  /** Names of all planned properties where others are flagged; null = others are allowed. */
  readonly onlyNames: ReadonlySet<string> | null;
  /** Nothing that an event of this name says could break the plan: its properties need not be read. */
  readonly asksNothing: boolean;
}

/** The tracking plans of a playbook, compiled once per version. */
export interface CompiledTracking {
  readonly events: ReadonlyMap<string, CompiledPlannedEvent>;
}

/** Null when nothing is planned. The first plan that names an event plans it; lint keeps a second from doing so. */
export function compileTracking(plans: readonly TrackingPlanDefinition[]): CompiledTracking | null {
  if (plans.length === 0) return null;
  const events = new Map<string, CompiledPlannedEvent>();
  for (const plan of plans) {
    for (const definition of plan.events) {
      if (!events.has(definition.name)) events.set(definition.name, compilePlannedEvent(definition));
    }
  }
  return { events };
}

function compilePlannedEvent(definition: PlannedEvent): CompiledPlannedEvent {
  const properties = nodesOf(definition.properties, '');
  const onlyNames = definition.otherProperties === 'flag' ? new Set(properties.map(({ name }) => name)) : null;
  return { definition, properties, onlyNames, asksNothing: properties.length === 0 && onlyNames === null };
}

/** The properties right below `prefix`, each with what lies below it. */
function nodesOf(planned: readonly PlannedProperty[], prefix: string): readonly PropertyNode[] {
  const names = new Set<string>();
  for (const { path } of planned) {
    if (path.startsWith(prefix)) names.add(firstName(path.slice(prefix.length)));
  }
  return [...names].map((name) => nodeOf(planned, name, `${prefix}${name}`));
}

function nodeOf(planned: readonly PlannedProperty[], name: string, path: string): PropertyNode {
  const own = planned.find((one) => one.path === path);
  const ofElements = planned.some((one) => one.path.startsWith(`${path}[].`));
  return {
    name,
    path,
    type: own?.type ?? null,
    required: own?.required ?? false,
    values: own === undefined || own.values.length === 0 ? null : new Set<unknown>(own.values),
    below: nodesOf(planned, ofElements ? `${path}[].` : `${path}.`),
    ofElements,
  };
}

const firstName = (path: string): string => /^[^.[]+/.exec(path)?.[0] ?? path;
