import type { PlanFault } from '@kairos/contracts';
import {
  type CompiledPlannedEvent,
  type CompiledTracking,
  checkEvent,
  compileTracking,
  type Definition,
  type PropertyNode,
  type SourceDefinition,
} from '@kairos/decisions';
import { needsNoPlan } from '../lint/planned.ts';
import { type LintIssue, shorten, suggest } from '../lint-issue.ts';
import { kindOf, valueAt } from '../schema-issues.ts';
import type { Path } from '../yaml-source.ts';
import type { ReadTest } from './read-tests.ts';
import { callTypes, type GivenEvent, type PlaybookTest } from './test-schema.ts';

interface Checking {
  readonly plan: CompiledTracking;
  readonly sources: ReadonlyMap<string, SourceDefinition>;
}

/**
 * What the events of tests say against the tracking plan: a test whose event has another name, or another type of value, than
 * what customers' devices send holds and proves nothing. What an event leaves out is left out on purpose.
 */
export function checkGiven(tests: readonly ReadTest[], definitions: readonly Definition[]): LintIssue[] {
  const live = definitions.filter(({ status }) => status === 'live');
  const plan = compileTracking(live.filter((one) => one.kind === 'TrackingPlan'));
  if (plan === null) return [];
  const sources = new Map(live.filter((one) => one.kind === 'Source').map((one) => [one.id, one]));
  return tests.flatMap((one) =>
    one.test.given.flatMap((given, at) => (given.nonconforming ? [] : checkOne(one, { given, at }, { plan, sources }))),
  );
}

interface Given {
  readonly given: GivenEvent;
  readonly at: number;
}

function checkOne({ test, document }: ReadTest, { given, at }: Given, { plan, sources }: Checking): LintIssue[] {
  const faults = faultsOf(given, { plan, source: sources.get(given.source ?? sourceOf(test, given)) });
  return faults.flatMap((fault): LintIssue[] => {
    const found = findingOf(fault, given, plan);
    if (found === null) return [];
    const path = ['given', at, ...found.path];
    const { line, column } = document.placeOf(path);
    const value = shorten(valueAt(document.value, path));
    const { message, remedy } = found;
    return [{ severity: 'error', file: document.file, line, column, path: path.join('.'), message, value, remedy }];
  });
}

function sourceOf({ person, persons = {} }: PlaybookTest, { who }: GivenEvent): string {
  const teller = person ?? (who === undefined ? Object.values(persons)[0] : persons[who]);
  return teller?.source ?? 'server';
}

interface Asked {
  readonly plan: CompiledTracking;
  readonly source: SourceDefinition | undefined;
}

function faultsOf({ event: name, properties }: GivenEvent, { plan, source }: Asked): readonly PlanFault[] {
  const type = callTypes[name] ?? 'track';
  if (!plan.events.has(name) && needsNoPlan(name)) return [];
  const told = { name, type, properties: JSON.stringify(properties), sourceKind: source?.sourceKind ?? 'server' };
  return checkEvent(plan, told, source).faults;
}

interface Found {
  readonly path: Path;
  readonly message: string;
  readonly remedy: string;
}

function findingOf({ code, field }: PlanFault, given: GivenEvent, plan: CompiledTracking): Found | null {
  const { event: name, properties } = given;
  const orPlan = 'or correct the tracking plan';
  if (code === 'EVENT_UNPLANNED') {
    const remedy = `${suggest(name, plan.events.keys())} (or add it to the tracking plan)`;
    return { path: ['event'], message: `no tracking plan names the event “${name}”`, remedy };
  }
  const planned = plan.events.get(name);
  if (planned === undefined || code === 'PROPERTY_MISSING') return null;
  if (code === 'PROPERTY_UNPLANNED') {
    const known = planned.properties.map((one) => one.name);
    const message = `the tracking plan knows no property “${field}” of “${name}”`;
    return { path: ['properties', field], message, remedy: suggest(field, known) };
  }
  const path = ['properties', ...placeIn(properties, field, { given, plan })];
  const node = nodeAt(planned, field);
  if (code === 'PROPERTY_VALUE') {
    const values = [...(node?.values ?? [])].map(String);
    const said = String(valueAt(given, path));
    return {
      path,
      message: `“${field}” of “${name}” must be one of ${values.join(', ')}`,
      remedy: suggest(said, values),
    };
  }
  const type = node?.type ?? (node?.ofElements ? 'array' : 'object');
  const remedy = `it is a ${kindOf(valueAt(given, path))}; write what is sent, ${orPlan}`;
  return { path, message: `“${field}” of “${name}” is planned as ${type}`, remedy };
}

function nodeAt({ properties }: CompiledPlannedEvent, path: string): PropertyNode | undefined {
  let nodes: readonly PropertyNode[] = properties;
  for (;;) {
    const node = nodes.find(
      (one) => path === one.path || path.startsWith(`${one.path}.`) || path.startsWith(`${one.path}[]`),
    );
    if (node === undefined || node.path === path) return node;
    nodes = node.below;
  }
}

/** Where in the properties a planned path went wrong: of a list the first element that does. */
function placeIn(
  properties: Readonly<Record<string, unknown>>,
  field: string,
  { given, plan }: { readonly given: GivenEvent; readonly plan: CompiledTracking },
): Path {
  const [list = '', ...rest] = field.split('[].');
  if (rest.length === 0) return pathTo(properties, field.split('.'));
  const elements = valueAt(properties, list.split('.'));
  if (!Array.isArray(elements)) return list.split('.');
  const isWrong = (element: unknown): boolean => {
    const alone = withValue(properties, list.split('.'), [element]);
    return faultsOf({ ...given, properties: alone }, { plan, source: undefined }).some((one) => one.field === field);
  };
  const at = Math.max(0, elements.findIndex(isWrong));
  return pathTo(properties, [...list.split('.'), at, ...rest.join('.').split('.')]);
}

/** As far down as there is something. */
function pathTo(properties: Readonly<Record<string, unknown>>, path: Path): Path {
  let length = path.length;
  while (length > 1 && valueAt(properties, path.slice(0, length)) === undefined) length -= 1;
  return path.slice(0, length);
}

function withValue(
  said: Readonly<Record<string, unknown>>,
  path: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const [name = '', ...rest] = path;
  if (rest.length === 0) return { ...said, [name]: value };
  return { ...said, [name]: withValue((said[name] ?? {}) as Record<string, unknown>, rest, value) };
}
