import type { Definition, MessageDefinition, TriggerDefinition } from '@kairos/decisions';
import { bookOf } from '../conflicts/book.ts';
import { toConflict } from '../conflicts/conflict.ts';
import { findEndlessLoops } from '../conflicts/loops.ts';
import { type LintIssue, suggest } from '../lint-issue.ts';
import type { Path, SourceDocument } from '../yaml-source.ts';
import { checkComputedTrait } from './computed-traits.ts';
import { checkExpressions } from './expressions.ts';
import { type Finding, type Index, toIssue } from './finding.ts';
import { checkExits, checkJourney } from './journeys.ts';
import { checkMessage } from './messages.ts';
import { checkModelDefinition } from './models.ts';
import { checkSegment } from './segments.ts';
import { checkTemplates } from './templates.ts';
import { checkTrackingPlan } from './tracking-plan.ts';
import { checkWhen, unknownSegment } from './when.ts';

interface Located {
  readonly definition: Definition;
  readonly document: SourceDocument;
}

/** Checks that need more than one definition, or know more than a schema can say. */
export function checkReferences(located: readonly Located[]): LintIssue[] {
  const index = indexOf(located);
  const found = located.flatMap(({ definition, document }, at) =>
    [
      ...duplicates(located, at),
      ...checkExpressions(definition, index),
      ...checkTemplates(definition, index),
      ...checkKind(definition, index),
      ...(definition.kind === 'Journey' ? checkExits(definition, index, isWritten(document, 'exitWhen')) : []),
    ].map((finding) => toIssue(document, finding)),
  );
  return [...found, ...endlessLoops(located)];
}

/** What would send for ever is no matter of taste: whoever is a draft today is live tomorrow. */
function endlessLoops(located: readonly Located[]): LintIssue[] {
  const documents = new Map(located.map(({ definition, document }) => [definition, document]));
  const definitions = [...documents.keys()];
  const placeOf = (definition: Definition, path: Path) => {
    const document = documents.get(definition);
    return document === undefined ? null : { file: document.file, ...document.placeOf(path) };
  };
  return findEndlessLoops(bookOf(definitions, new Set(['draft', 'live', 'paused']))).map((finding) => {
    const { code: _, in: __, with: ___, ...issue } = toConflict({ definitions, placeOf }, finding);
    return issue;
  });
}

const isWritten = ({ value }: SourceDocument, field: string): boolean =>
  typeof value === 'object' && value !== null && field in value;

function indexOf(located: readonly Located[]): Index {
  const maps = new Map<string, Map<string, Definition>>();
  for (const { definition } of located) {
    const map = maps.get(definition.kind) ?? new Map<string, Definition>();
    maps.set(definition.kind, map.set(definition.id, definition));
  }
  const empty = new Map<string, Definition>();
  return { of: (kind) => maps.get(kind) ?? empty };
}

function duplicates(located: readonly Located[], at: number): Finding[] {
  const { definition } = located[at] as Located;
  const isSame = (other: Definition) =>
    other.kind === definition.kind && (other.id === definition.id || other.kind === 'Company');
  const first = located.slice(0, at).find((other) => isSame(other.definition));
  if (first === undefined) return [];
  const message =
    definition.kind === 'Company'
      ? 'is the second company'
      : `the ${definition.kind} “${definition.id}” exists already`;
  const remedy = `it is in ${first.document.file}; keep one, or give this another id`;
  return [{ path: ['id'], message, value: definition.id, remedy }];
}

function checkKind(definition: Definition, index: Index): Finding[] {
  switch (definition.kind) {
    case 'Trigger':
      return checkTrigger(definition, index);
    case 'TrackingPlan':
      return checkTrackingPlan(definition, index);
    case 'Journey':
      return checkJourney(definition, index);
    case 'Message':
      return checkMessage(definition, index);
    case 'Segment':
      return checkSegment(definition);
    case 'Model':
      return checkModelDefinition(definition, index);
    case 'ComputedTrait':
      return checkComputedTrait(definition);
    case 'ContactRule':
      return definition.scope.messages
        .map((id, at) => ({ id, path: ['scope', 'messages', at] as const }))
        .filter(({ id }) => !index.of('Message').has(id))
        .map(({ id, path }) => missingMessage(id, path, index));
    case 'Source':
      return definition.sourceKind === 'import' && definition.assumeConsent.length > 0
        ? [
            {
              path: ['assumeConsent'],
              message: 'an import of history is no consent',
              remedy: 'import Consent Given events instead',
              severity: 'warning',
            },
          ]
        : [];
    default:
      return [];
  }
}

const missingMessage = (id: string, path: Finding['path'], index: Index): Finding => ({
  path,
  message: `there is no message “${id}”`,
  value: id,
  remedy: suggest(id, index.of('Message').keys()),
});

function checkTrigger(trigger: TriggerDefinition, index: Index): Finding[] {
  const findings = [...checkWhen(trigger, index), ...checkUnless(trigger)];
  if (trigger.pilot !== undefined) findings.push(...unknownSegment(trigger.pilot, ['pilot'], index));
  if (trigger.activeFromMs !== null && trigger.activeToMs !== null && trigger.activeFromMs >= trigger.activeToMs) {
    findings.push({ path: ['activeTo'], message: 'is not after activeFrom', remedy: 'swap them' });
  }
  if (trigger.send === null) return findings;
  const message = index.of('Message').get(trigger.send);
  if (message?.kind !== 'Message') return [...findings, missingMessage(trigger.send, ['send'], index)];
  return [...findings, ...checkSend(trigger, message)];
}

function checkSend(trigger: TriggerDefinition, message: MessageDefinition): Finding[] {
  const findings: Finding[] = [];
  const at = (text: string, remedy: string, severity: 'error' | 'warning' = 'error') =>
    findings.push({ path: ['send'], message: text, value: trigger.send, remedy, severity });
  if (trigger.status === 'live' && message.status === 'draft') {
    at('the trigger is live and its message is a draft', 'set the message live');
  }
  if (trigger.status === 'live' && message.status === 'paused') {
    at('the trigger is live and its message is paused, so nothing is sent', 'set the message live', 'warning');
  }
  if (trigger.purpose !== message.purpose) {
    at(`the trigger is ${trigger.purpose} and its message is ${message.purpose}`, 'give both the same purpose');
  }
  const channels = message.channels.map(({ channel }) => channel);
  if (trigger.audienceRole === 'customer') {
    if (channels.includes('task'))
      at('a task is for staff, and this trigger is to the customer', 'set to: staff(role)');
  } else if (!channels.some((channel) => channel === 'task' || channel === 'webhook')) {
    at('the message has no channel that reaches staff', 'give it a task or a webhook');
  }
  if (trigger.foundBy === 'model' && channels.includes('task')) {
    at('what a model found never goes to a person’s work list', 'use an automatic channel, or foundBy: rule');
  }
  return findings;
}

function checkUnless({ when, unless }: TriggerDefinition): Finding[] {
  const started = when.type === 'event' ? when.events : [];
  const both = (unless?.events ?? []).find(
    (one) => one.where === null && started.some(({ name }) => name === one.name),
  );
  if (both === undefined) return [];
  return [
    {
      path: ['unless', 'did'],
      message: `“${both.name}” starts it and suspends it, so it never fires`,
      remedy: 'name another event',
    },
  ];
}
