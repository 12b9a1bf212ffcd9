import {
  type ConditionFault,
  checkCondition,
  checkExpression,
  checkTemplate,
  compileExpression,
  type Definition,
  type EventMatch,
  eventFields,
  functionNames,
  type JourneyStep,
  journeyVariables,
  profileFields,
  templateReads,
  templateVariables,
  variables,
  type When,
} from '@kairos/decisions';
import { suggest } from '../lint-issue.ts';
import type { Path } from '../yaml-source.ts';
import type { Finding, Index } from './finding.ts';
import { placedSteps } from './journeys.ts';

interface Expression {
  readonly path: Path;
  readonly text: string;
  /** A condition must be true or false; an expression may have any value. */
  readonly mustBeBoolean: boolean;
}

/** All conditions and expressions of a definition, each with the path where people wrote it. */
function expressionsOf(definition: Definition): Expression[] {
  const condition = (text: string | null, path: Path): Expression[] =>
    text === null ? [] : [{ path, text, mustBeBoolean: true }];
  const value = (text: string | null, path: Path): Expression[] =>
    text === null ? [] : [{ path, text, mustBeBoolean: false }];
  const matches = (events: readonly EventMatch[], path: Path) => events.flatMap(({ where }) => condition(where, path));
  switch (definition.kind) {
    case 'Trigger': {
      const { when, goal } = definition;
      return [
        ...matches('events' in when ? (when.events ?? []) : [], ['when', when.type === 'inactivity' ? 'of' : 'did']),
        ...(when.type === 'sequence' ? matches(when.followedBy, ['when', 'then']) : []),
        ...(when.type === 'absence' || when.type === 'sequence' ? matches(when.butNot, ['when', 'butNot']) : []),
        ...(when.type === 'profileChange' ? watched(when) : []),
        ...(when.type === 'date' ? value(`${when.of}.${when.path}`, ['when', 'on']) : []),
        ...(when.type === 'count' || when.type === 'unusual' ? value(when.value, ['when', 'value']) : []),
        ...matches(definition.cancelOn, ['cancelOn']),
        ...matches(definition.unless?.events ?? [], ['unless', 'did']),
        ...matches(definition.unless?.until ?? [], ['unless', 'until']),
        ...condition(definition.audience, ['audience']),
        ...(goal === null ? [] : matches([goal.event], ['goal', 'where'])),
        ...value(goal?.value ?? null, ['goal', 'value']),
      ];
    }
    case 'Journey':
      return [
        ...matches(definition.exitWhen, ['exitWhen']),
        ...placedSteps(definition).flatMap(({ step, path }) => stepExpressions(step, path)),
      ];
    case 'ContactRule':
      return definition.rule === 'block' ? matches(definition.afterEvents, ['after']) : [];
    case 'Segment':
      return condition(definition.where, ['where']);
    default:
      return [];
  }
}

/** The path is an expression, too: it must name what there is. */
const watched = ({ path, from, to }: Extract<When, { type: 'profileChange' }>): Expression[] => [
  { path: ['when', 'changes'], text: `profile.${path}`, mustBeBoolean: false },
  ...(from === null ? [] : [{ path: ['when', 'from'], text: from, mustBeBoolean: true }]),
  ...(to === null ? [] : [{ path: ['when', 'to'], text: to, mustBeBoolean: true }]),
];

function stepExpressions(step: JourneyStep, path: Path): Expression[] {
  if (step.does === 'branch') {
    return step.branches.map((branch, at) => ({
      path: [...path, 'branch', at, 'if'],
      text: branch.if,
      mustBeBoolean: true,
    }));
  }
  if (step.does !== 'waitFor') return [];
  return step.anyOf.flatMap((one) =>
    one.kind === 'event' && one.event.where !== null
      ? [{ path: [...path, 'waitFor', 'did'], text: one.event.where, mustBeBoolean: true }]
      : [],
  );
}

/** Faults of all expressions of a definition, with the nearest known name. */
export function checkExpressions(definition: Definition, index: Index): Finding[] {
  return expressionsOf(definition).flatMap(({ path, text, mustBeBoolean }) => {
    const faults = mustBeBoolean ? checkCondition(text) : checkExpression(text);
    const found = faults.map((fault) => ({
      path,
      message: fault.message,
      value: text,
      remedy: remedyFor(fault, text),
    }));
    const isElsewhere = faults.length === 0 && definition.kind !== 'Journey';
    return [...found, ...unknownSegments(text, path, index), ...(isElsewhere ? journeyOnly(text, path) : [])];
  });
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
  const known = index.of('Segment');
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

/** Templates of a message: that they parse, and that they read what there is. */
export function checkTemplates(definition: Definition): Finding[] {
  if (definition.kind !== 'Message') return [];
  return definition.channels.flatMap((content) =>
    Object.entries(content)
      .filter(([field]) => !['channel', 'deliver', 'slot', 'url'].includes(field))
      .flatMap(([field, text]) => checkOne(text, ['channels', content.channel, field === 'html' ? 'body' : field])),
  );
}

/** Fields of the variables that have fixed ones; the others hold what events say. */
const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  profile: profileFields,
  company: ['name'],
  event: ['name'],
};

function checkOne(text: string, path: Path): Finding[] {
  const fault = checkTemplate(text);
  if (fault !== null) return [{ path, message: `the template has a fault: ${fault}`, remedy: 'correct the Liquid' }];
  return templateReads(text).flatMap((read): Finding[] => {
    const [root = '', field = ''] = read.split('.');
    if (!templateVariables.includes(root)) {
      return [{ path, message: `unknown variable “${root}”`, value: read, remedy: suggest(root, templateVariables) }];
    }
    const known = fieldsOf[root];
    if (known === undefined || field === '' || known.includes(field)) return [];
    const more = root === 'profile' ? ' (what else is known of a person is below profile.traits)' : '';
    const message = `the ${root} has no field “${field}”`;
    return [{ path, message, value: read, remedy: `${suggest(field, known)}${more}` }];
  });
}
