import {
  type ConditionFault,
  checkCondition,
  checkExpression,
  checkProfile,
  compileExpression,
  type Definition,
  type EventMatch,
  eventFields,
  functionNames,
  journeyVariables,
  profileFields,
  variables,
  type When,
} from '@kairos/decisions';
import { suggest } from '../lint-issue.ts';
import type { Path } from '../yaml-source.ts';
import { unknownComputed } from './computed-traits.ts';
import type { Finding, Index } from './finding.ts';
import { placedSteps } from './journeys.ts';
import { segmentIds } from './models.ts';
import { type Concerned, checkAgainstPlan, checkKeys, eventsOf, NOBODY, unplannedEvents } from './planned.ts';

interface Expression {
  readonly path: Path;
  readonly text: string;
  /** A condition must be true or false; an expression may have any value. */
  readonly mustBeBoolean: boolean;
  /** Whose `properties` it reads. */
  readonly concerned: Concerned;
}

/** Events that a definition names, with the path where people wrote them. */
interface Named {
  readonly path: Path;
  readonly events: readonly EventMatch[];
}

const all = (names: readonly string[]): Concerned => ({ names, of: 'all' });

/** Every event that a definition names, but those of its goal, which has a place of its own. */
function namedEvents(definition: Definition): readonly Named[] {
  switch (definition.kind) {
    case 'Trigger': {
      const { when, cancelOn, unless } = definition;
      return [
        {
          path: ['when', when.type === 'inactivity' ? 'of' : 'did'],
          events: 'events' in when ? (when.events ?? []) : [],
        },
        { path: ['when', 'then'], events: when.type === 'sequence' ? when.followedBy : [] },
        { path: ['when', 'butNot'], events: 'butNot' in when ? when.butNot : [] },
        { path: ['cancelOn'], events: cancelOn },
        { path: ['unless', 'did'], events: unless?.events ?? [] },
        { path: ['unless', 'until'], events: unless?.until ?? [] },
      ];
    }
    case 'Journey':
      return [
        { path: ['exitWhen'], events: definition.exitWhen },
        ...placedSteps(definition).flatMap(({ step, path }) =>
          step.does === 'waitFor'
            ? [
                {
                  path: [...path, 'waitFor', 'did'],
                  events: step.anyOf.flatMap((one) => (one.kind === 'event' ? [one.event] : [])),
                },
              ]
            : [],
        ),
      ];
    case 'ComputedTrait':
      return [{ path: ['of'], events: definition.events }];
    case 'ContactRule':
      return definition.rule === 'block' ? [{ path: ['after'], events: definition.afterEvents }] : [];
    default:
      return [];
  }
}

/** All conditions and expressions of a definition, each with the path where people wrote it. */
function expressionsOf(definition: Definition, index: Index): Expression[] {
  const condition = (text: string | null, path: Path, concerned = NOBODY): Expression[] =>
    text === null ? [] : [{ path, text, mustBeBoolean: true, concerned }];
  const value = (text: string | null, path: Path, concerned: Concerned): Expression[] =>
    text === null ? [] : [{ path, text, mustBeBoolean: false, concerned }];
  const ofEvents = namedEvents(definition).flatMap(({ path, events }) =>
    events.flatMap(({ name, where }) => condition(where, path, all([name]))),
  );
  switch (definition.kind) {
    case 'Trigger': {
      const { when, goal, audience } = definition;
      const started = eventsOf(when);
      return [
        ...ofEvents,
        ...(when.type === 'profileChange' ? watched(when) : []),
        ...(when.type === 'date' ? value(`${when.of}.${when.path}`, ['when', 'on'], all(started)) : []),
        ...(when.type === 'count' || when.type === 'unusual' ? value(when.value, ['when', 'value'], all(started)) : []),
        ...condition(audience, ['audience'], { names: started, of: 'any' }),
        ...(goal === null ? [] : condition(goal.event.where, ['goal', 'where'], all([goal.event.name]))),
        ...(goal === null ? [] : value(goal.value, ['goal', 'value'], all([goal.event.name]))),
      ];
    }
    case 'Journey': {
      const trigger = index.of('Trigger').get(definition.startsWith);
      const started = trigger?.kind === 'Trigger' ? eventsOf(trigger.when) : [];
      return [
        ...ofEvents,
        ...placedSteps(definition).flatMap(({ step, path }) =>
          step.does === 'branch'
            ? step.branches.flatMap((branch, at) =>
                condition(branch.if, [...path, 'branch', at, 'if'], { names: started, of: 'any' }),
              )
            : [],
        ),
      ];
    }
    case 'Segment':
    case 'Model':
      return condition(definition.where, ['where']);
    case 'ComputedTrait': {
      const counted = all(definition.events.map(({ name }) => name));
      return [
        ...ofEvents,
        ...condition(definition.where, ['where'], counted),
        ...value(definition.value, ['value'], counted),
      ];
    }
    default:
      return ofEvents;
  }
}

/** The path is an expression, too: it must name what there is. */
const watched = ({ path, from, to }: Extract<When, { type: 'profileChange' }>): Expression[] => [
  { path: ['when', 'changes'], text: `profile.${path}`, mustBeBoolean: false, concerned: NOBODY },
  ...(from === null ? [] : [{ path: ['when', 'from'], text: from, mustBeBoolean: true, concerned: NOBODY }]),
  ...(to === null ? [] : [{ path: ['when', 'to'], text: to, mustBeBoolean: true, concerned: NOBODY }]),
];

/** Faults of all expressions of a definition, with the nearest known name. */
export function checkExpressions(definition: Definition, index: Index): Finding[] {
  const ofExpressions = expressionsOf(definition, index).flatMap((expression) => {
    const { path, text, mustBeBoolean } = expression;
    const faults = mustBeBoolean ? checkCondition(text) : checkExpression(text);
    const found = faults.map((fault) => ({
      path,
      message: fault.message,
      value: text,
      remedy: remedyFor(fault, text),
    }));
    const isElsewhere = faults.length === 0 && definition.kind !== 'Journey';
    return [
      ...found,
      ...unknownSegments(text, path, index),
      ...(isElsewhere ? journeyOnly(text, path) : []),
      ...(faults.length === 0 ? [...checkOfProfile(expression, index), ...checkAgainstPlan(expression, index)] : []),
    ];
  });
  return [...ofExpressions, ...checkNames(definition, index)];
}

/** Fields of the profile have types: what can never compare would be false in silence. */
function checkOfProfile({ path, text, mustBeBoolean }: Expression, index: Index): Finding[] {
  const unknown = unknownComputed(compileExpression(text).reads.profile, { path, value: text }, index);
  if (unknown.length > 0) return unknown;
  const computed = [...index.of('ComputedTrait').values()].filter((one) => one.kind === 'ComputedTrait');
  return checkProfile(text, { mustBeBoolean, computed }).map(({ message, name, known }) => ({
    path,
    message,
    value: text,
    remedy:
      name === undefined || known === undefined
        ? 'compare with the type of the field, see docs/reference/playbook.md, “Conditions”'
        : suggest(name, known),
  }));
}

/** Names of events, and keys, against the tracking plan. */
function checkNames(definition: Definition, index: Index): Finding[] {
  const names = namedEvents(definition).flatMap(({ path, events }) => unplannedEvents(events, path, index));
  if (definition.kind !== 'Trigger') return names;
  const goal = definition.goal === null ? [] : unplannedEvents([definition.goal.event], ['goal', 'event'], index);
  return [...names, ...goal, ...checkKeys(definition, index)];
}

/** What only a journey knows would be silently unknown elsewhere. */
function journeyOnly(text: string, path: Path): Finding[] {
  const { evidence, sends } = compileExpression(text).reads;
  if (evidence.length + sends.length === 0) return [];
  const message = `${journeyVariables.join(', ')} are known in journeys only`;
  return [{ path, message, value: text, remedy: `known here are ${variables.join(', ')}` }];
}

function remedyFor(fault: ConditionFault, text: string): string {
  const { name } = fault;
  if (name === undefined) return 'see docs/reference/playbook.md, “Conditions”';
  if (fault.code === 'UNKNOWN_FUNCTION') return suggest(name, functionNames);
  const written = text.slice(fault.start, fault.end);
  if (written.startsWith('profile.'))
    return `${suggest(name, profileFields)} (what else is known of a person is below profile.traits)`;
  if (written.startsWith('event.')) return suggest(name, eventFields);
  return suggest(name, [...variables, ...journeyVariables]);
}

/** `"high-value" in segments` must name a segment that there is: a typing error would be silently false. */
function unknownSegments(text: string, path: Path, index: Index): Finding[] {
  const known = segmentIds(index);
  return [...text.matchAll(/(["'])([^"']*)\1\s+in\s+segments\b/g)]
    .map((match) => match[2] ?? '')
    .filter((name) => !known.has(name))
    .map((name) => ({
      path,
      message: `there is no segment “${name}”`,
      value: text,
      remedy: suggest(name, known.keys()),
    }));
}
