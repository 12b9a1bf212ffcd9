import {
  type CompiledPlannedEvent,
  type CompiledTracking,
  checkPlanned,
  compileTracking,
  type Definition,
  type EventMatch,
  findProperty,
  type MessageDefinition,
  type TrackingPlanDefinition,
  type TriggerDefinition,
  templateReads,
  type When,
} from '@kairos/decisions';
import { suggest } from '../lint-issue.ts';
import type { Path } from '../yaml-source.ts';
import type { Finding, Index } from './finding.ts';
import { placedSteps } from './journeys.ts';

/** Events whose `properties` an expression reads. */
export interface Concerned {
  readonly names: readonly string[];
  /** `all`: it is asked of each of them. `any`: of one of them, whichever it was. */
  readonly of: 'all' | 'any';
}

export const NOBODY: Concerned = { names: [], of: 'all' };

const plans = new WeakMap<Index, CompiledTracking | null>();

/** Live tracking plans together; null = nothing is planned, and nothing is asked. */
function planOf(index: Index): CompiledTracking | null {
  const known = plans.get(index);
  if (known !== undefined) return known;
  const live = [...index.of('TrackingPlan').values()].filter(
    (one): one is TrackingPlanDefinition => one.kind === 'TrackingPlan' && one.status === 'live',
  );
  const plan = compileTracking(live);
  plans.set(index, plan);
  return plan;
}

/** The events of a trigger's pattern that make it fire. */
export const eventsOf = (when: When): readonly string[] =>
  'events' in when && when.events !== null
    ? [...when.events, ...(when.type === 'sequence' ? when.followedBy : [])].map(({ name }) => name)
    : [];

interface Written {
  readonly text: string;
  readonly path: Path;
  readonly mustBeBoolean: boolean;
  readonly concerned: Concerned;
}

/** Faults of a sound expression against the plan. */
export function checkAgainstPlan({ text, path, mustBeBoolean, concerned }: Written, index: Index): Finding[] {
  const plan = planOf(index);
  if (plan === null) return [];
  const events = plannedEvents(plan, concerned);
  const found = events.map((event) => checkPlanned(text, event, { mustBeBoolean }));
  // Whichever it was: what one of them has is no typing error.
  if (concerned.of === 'any' && found.some((faults) => faults.length === 0)) return [];
  const faults = concerned.of === 'any' ? found.slice(0, 1) : found;
  return faults.flat().map(({ message, name, known }) => ({
    path,
    message,
    value: text,
    remedy:
      name === undefined || known === undefined
        ? 'compare with the planned type, or correct the tracking plan'
        : suggest(name, known),
  }));
}

/** None, if one that it may have been is not planned. */
function plannedEvents(plan: CompiledTracking, { names, of }: Concerned): readonly CompiledPlannedEvent[] {
  const events = [...new Set(names)].map((name) => plan.events.get(name));
  if (of === 'any' && events.includes(undefined)) return [];
  return events.flatMap((event) => event ?? []);
}

/** Names that the house gives itself, and those of calls that have no name of their own. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  ...['Identified', 'Page Viewed', 'Screen Viewed', 'Group Joined', 'Alias Made', 'Profile Set'],
  ...['Consent Given', 'Consent Withdrawn', 'Unsubscribed', 'Preferences Stated'],
]);
const OUTCOME = /^(?:Email|SMS|Onsite Message|Message|Task) (?:Link )?[A-Z][a-z]+$/;

/** Whether an event of this name needs no plan: the house gives it itself, or knows it as an outcome. */
export const needsNoPlan = (name: string): boolean => OWN_NAMES.has(name) || OUTCOME.test(name);

/** A name that is not planned may be a typing error: a trigger that never fires. */
export function unplannedEvents(events: readonly EventMatch[], path: Path, index: Index): Finding[] {
  const plan = planOf(index);
  if (plan === null) return [];
  return events
    .map(({ name }) => name)
    .filter((name) => !plan.events.has(name) && !needsNoPlan(name))
    .map((name) => ({
      path,
      message: `no tracking plan names the event “${name}”`,
      value: name,
      remedy: `${suggest(name, plan.events.keys())} (or add it to the tracking plan)`,
      severity: 'warning',
    }));
}

/** A key that an event lacks makes it concern all instances: allowed, and seldom what was meant. */
export function checkKeys({ when, oncePer }: TriggerDefinition, index: Index): Finding[] {
  const plan = planOf(index);
  if (plan === null) return [];
  const named = [...eventsOf(when), ...('butNot' in when ? when.butNot.map(({ name }) => name) : [])];
  const events = plannedEvents(plan, { names: named, of: 'all' });
  return oncePer.flatMap((key) => {
    const [root, ...steps] = key.split('.');
    if (root !== 'properties') return [];
    const missing = events.flatMap((event) => {
      const found = findProperty(event, steps);
      return found.is === 'unknown' ? [{ event, ...found }] : [];
    });
    const isNowhere = missing.length === named.length;
    return missing.map(({ event, name, known }): Finding => {
      const others = 'an event that lacks the key concerns all instances of the person';
      return {
        path: ['oncePer'],
        message: `the tracking plan knows no property “${name}” of “${event.definition.name}”`,
        value: key,
        remedy: isNowhere ? suggest(name, known) : `${others}; plan the property if it is sent`,
        severity: isNowhere ? 'error' : 'warning',
      };
    });
  });
}

/** `evidence.properties.x` and `properties.x` of a template: of the events of whatever sends the message. */
export function checkTemplateProperties(
  { template, path }: { readonly template: string; readonly path: Path },
  message: MessageDefinition,
  index: Index,
): Finding[] {
  const plan = planOf(index);
  if (plan === null) return [];
  const triggers = sendersOf(message.id, index);
  const events = triggers.map(({ when }) => eventsOf(when));
  // What starts without an event has evidence of its own.
  if (events.length === 0 || events.some((names) => names.length === 0)) return [];
  const planned = plannedEvents(plan, { names: events.flat(), of: 'any' });
  return templateReads(template).flatMap((read): Finding[] => {
    const steps = stepsOf(read);
    if (steps === null || steps.length === 0) return [];
    const found = planned.map((event) => ({ event, ...findProperty(event, steps) }));
    const [first] = found;
    if (first?.is !== 'unknown' || found.some(({ is }) => is !== 'unknown')) return [];
    const message = `the tracking plan knows no property “${first.name}” of “${first.event.definition.name}”`;
    return [{ path, message, value: read, remedy: suggest(first.name, first.known) }];
  });
}

function stepsOf(read: string): readonly string[] | null {
  const [root, ...rest] = read.split('.');
  if (root === 'properties') return rest;
  return root === 'evidence' && rest[0] === 'properties' ? rest.slice(1) : null;
}

function sendersOf(messageId: string, index: Index): readonly TriggerDefinition[] {
  const triggers = [...index.of('Trigger').values()].filter(isTrigger);
  const started = new Set(
    [...index.of('Journey').values()].flatMap((one) => {
      if (one.kind !== 'Journey') return [];
      const sends = placedSteps(one).some(({ step }) => 'message' in step && step.message === messageId);
      return sends ? [one.startsWith] : [];
    }),
  );
  return triggers.filter(({ id, send }) => send === messageId || started.has(id));
}

const isTrigger = (one: Definition): one is TriggerDefinition => one.kind === 'Trigger';
