import type { IdentifiedEvent, PlanFault, PlanFaultCode } from '@kairos/contracts';
import type { SourceDefinition } from '../definitions.ts';
import { isObject, own, parseObject } from '../profiles/json.ts';
import type { CompiledPlannedEvent, CompiledTracking, PropertyNode } from './compile-tracking.ts';
import type { PropertyType } from './definition.ts';

/** What the plan makes of an event. */
export interface PlanVerdict {
  /** Each fault once, in order of the plan; at most eight. */
  readonly faults: readonly PlanFault[];
  /** Its source refuses such events: it MUST NOT take effect. */
  readonly isRefused: boolean;
}

export const NO_FAULTS: readonly PlanFault[] = [];
const CONFORMS: PlanVerdict = { faults: NO_FAULTS, isRefused: false };

const MAX_FAULTS = 8;
/** Elements of a list that are looked at. */
const MAX_ELEMENTS = 100;
/** Names that come from outside are shown only if they look like names: they might be somebody's address. */
const NAME = /^[A-Za-z_$][\w$ -]{0,59}$/;
export const OTHER_NAME = '(other)';

/**
 * Compares an event with the tracking plan. What the house says of itself is not asked. Allocates nothing for an event
 * that conforms, but what reading its properties takes.
 */
export function checkEvent(
  tracking: CompiledTracking | null,
  event: Pick<IdentifiedEvent['event'], 'name' | 'type' | 'sourceKind' | 'properties'>,
  source: SourceDefinition | undefined,
): PlanVerdict {
  if (tracking === null || event.sourceKind === 'internal') return CONFORMS;
  const planned = tracking.events.get(event.name);
  if (planned === undefined) return event.type === 'track' ? unplanned(event.name, source) : CONFORMS;
  if (planned.asksNothing) return CONFORMS;
  const faults = faultsOf(planned, parseObject(event.properties) ?? {});
  return faults === null ? CONFORMS : { faults, isRefused: source?.onNonconforming === 'refuse' };
}

function unplanned(name: string, source: SourceDefinition | undefined): PlanVerdict {
  const policy = source?.unplanned ?? 'flag';
  if (policy === 'allow') return CONFORMS;
  return { faults: [fault('EVENT_UNPLANNED', shown(name))], isRefused: policy === 'refuse' };
}

/** Faults of the properties of a planned event; null when there are none. */
function faultsOf(
  { properties, onlyNames }: CompiledPlannedEvent,
  said: Readonly<Record<string, unknown>>,
): readonly PlanFault[] | null {
  const faults = checkFields(properties, said, null);
  return onlyNames === null ? faults : checkNames(said, onlyNames, faults);
}

type Faults = PlanFault[] | null;

function checkFields(nodes: readonly PropertyNode[], said: Readonly<Record<string, unknown>>, before: Faults): Faults {
  let faults = before;
  for (const node of nodes) {
    const value = own(said, node.name);
    if (value !== undefined && value !== null) faults = checkValue(node, value, faults);
    else if (node.required) faults = add(faults, 'PROPERTY_MISSING', node.path);
  }
  return faults;
}

function checkValue(node: PropertyNode, value: unknown, faults: Faults): Faults {
  if (node.type !== null && !isOfType(value, node.type)) return add(faults, 'PROPERTY_TYPE', node.path);
  if (node.values !== null && !node.values.has(value)) return add(faults, 'PROPERTY_VALUE', node.path);
  if (node.below.length === 0) return faults;
  if (node.ofElements) return checkElements(node, value, faults);
  return isObject(value) ? checkFields(node.below, value, faults) : add(faults, 'PROPERTY_TYPE', node.path);
}

function checkElements({ path, below }: PropertyNode, value: unknown, before: Faults): Faults {
  if (!Array.isArray(value)) return add(before, 'PROPERTY_TYPE', path);
  let faults = before;
  for (let at = 0; at < value.length && at < MAX_ELEMENTS; at += 1) {
    const element: unknown = value[at];
    faults = isObject(element) ? checkFields(below, element, faults) : add(faults, 'PROPERTY_TYPE', path);
  }
  return faults;
}

function checkNames(said: Readonly<Record<string, unknown>>, onlyNames: ReadonlySet<string>, before: Faults): Faults {
  let faults = before;
  for (const name in said) {
    if (!onlyNames.has(name)) faults = add(faults, 'PROPERTY_UNPLANNED', shown(name));
  }
  return faults;
}

function isOfType(value: unknown, type: PropertyType): boolean {
  switch (type) {
    case 'datetime':
      return typeof value === 'number' ? Number.isFinite(value) : typeof value === 'string' && isDateTime(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    default:
      return typeof value === type;
  }
}

const WRITTEN = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** Of the form, and a day that there is: 2026-02-30 is none. */
function isDateTime(text: string): boolean {
  if (!WRITTEN.test(text)) return false;
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  if (!Number.isFinite(day.getTime()) || day.toISOString().slice(0, 10) !== text.slice(0, 10)) return false;
  const [hour = '0', minute = '0', second = '0'] = text.slice(11, 19).split(':');
  return Number(hour) < 24 && Number(minute) < 60 && Number(second.slice(0, 2) || '0') < 61;
}

const shown = (name: string): string => (NAME.test(name) ? name : OTHER_NAME);

const fault = (code: PlanFaultCode, field: string): PlanFault => ({ code, field });

/** Fifty products without a price are one fault. */
function add(faults: Faults, code: PlanFaultCode, field: string): Faults {
  if (faults === null) return [fault(code, field)];
  if (faults.length >= MAX_FAULTS || faults.some((one) => one.code === code && one.field === field)) return faults;
  faults.push(fault(code, field));
  return faults;
}
