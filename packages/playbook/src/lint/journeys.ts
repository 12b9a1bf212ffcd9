import {
  type Channel,
  compileCondition,
  countSteps,
  type Definition,
  depthOf,
  type JourneyDefinition,
  type JourneyStep,
  journeyLimits,
  type MessageDefinition,
  type Reads,
  type TriggerDefinition,
} from '@kairos/decisions';
import { suggest } from '../lint-issue.ts';
import type { Path } from '../yaml-source.ts';
import type { Finding, Index } from './finding.ts';

type StepOf<Does extends JourneyStep['does']> = Extract<JourneyStep, { does: Does }>;

/** A step with its place, and the messages that may have been sent before it. */
export interface PlacedStep {
  readonly step: JourneyStep;
  readonly path: Path;
  readonly sentBefore: ReadonlySet<string>;
  /** The steps of its list end before it, so it is never taken. */
  readonly isBehindExit: boolean;
}

/** All steps in the order in which they are written, the inner ones behind the one that holds them. */
export function placedSteps(journey: JourneyDefinition): readonly PlacedStep[] {
  const placed: PlacedStep[] = [];
  walk(journey.steps, { path: ['steps'], sentBefore: new Set(), placed });
  return placed;
}

interface Walk {
  readonly path: Path;
  readonly sentBefore: ReadonlySet<string>;
  readonly placed: PlacedStep[];
}

/** Answers what may have been sent after these steps. */
function walk(steps: readonly JourneyStep[], { path, sentBefore, placed }: Walk): ReadonlySet<string> {
  let sent = sentBefore;
  let isBehindExit = false;
  steps.forEach((step, at) => {
    const here = [...path, at];
    placed.push({ step, path: here, sentBefore: sent, isBehindExit });
    isBehindExit ||= step.does === 'exit';
    const before = sent;
    const after = new Set(before);
    if (step.does === 'send' || step.does === 'task' || step.does === 'call') after.add(step.message);
    // What one way sends was not sent on the other ways beside it, but may have been by whoever comes behind.
    for (const { steps: inner, path: below } of innerLists(step)) {
      for (const message of walk(inner, { path: [...here, ...below], sentBefore: before, placed })) after.add(message);
    }
    sent = after;
  });
  return sent;
}

/** Lists of steps inside a step, with their paths as people write them. */
function innerLists(step: JourneyStep): readonly { readonly steps: readonly JourneyStep[]; readonly path: Path }[] {
  switch (step.does) {
    case 'waitFor':
      return [{ steps: step.otherwise, path: ['otherwise'] }];
    case 'branch':
      return [
        ...step.branches.map(({ steps }, at) => ({ steps, path: ['branch', at, 'steps'] })),
        { steps: step.otherwise, path: ['branch', step.branches.length, 'else'] },
      ];
    case 'split':
      return step.ways.map(({ steps }, at) => ({ steps, path: ['ways', at, 'steps'] }));
    default:
      return [];
  }
}

export function checkJourney(journey: JourneyDefinition, index: Index): Finding[] {
  const trigger = index.of('Trigger').get(journey.startsWith);
  const steps = placedSteps(journey);
  return [
    ...checkSize(journey),
    ...checkStart(journey, trigger, index),
    ...steps.flatMap((placed) => checkStep(placed, index)),
    ...(trigger?.kind === 'Trigger'
      ? steps.flatMap((placed) => checkMessage(placed, { journey, trigger, index }))
      : []),
  ];
}

function checkSize({ steps }: JourneyDefinition): Finding[] {
  const findings: Finding[] = [];
  const at = (message: string, remedy: string) => findings.push({ path: ['steps'], message, remedy });
  const count = countSteps(steps);
  const depth = depthOf(steps);
  if (count === 0) at('has no step', 'add at least one');
  if (count > journeyLimits.steps)
    at(`has ${count} steps; at most ${journeyLimits.steps} are allowed`, 'make two journeys of it');
  if (depth > journeyLimits.depth) {
    at(`steps lie ${depth} deep; at most ${journeyLimits.depth} are allowed`, 'put what is inside behind instead');
  }
  return findings;
}

function checkStart(journey: JourneyDefinition, trigger: Definition | undefined, index: Index): Finding[] {
  const { startsWith } = journey;
  if (trigger?.kind !== 'Trigger') {
    const remedy = suggest(startsWith, index.of('Trigger').keys());
    return [{ path: ['startsWith'], message: `there is no trigger “${startsWith}”`, value: startsWith, remedy }];
  }
  const findings: Finding[] = [];
  if (journey.status === 'live' && trigger.status === 'draft') {
    const message = 'the journey is live and its trigger is a draft, so nothing starts it';
    findings.push({ path: ['startsWith'], message, value: startsWith, remedy: 'set the trigger live' });
  }
  const own = placedSteps(journey).find(({ step }) => step.does === 'send' && step.message === trigger.send);
  if (trigger.send !== null && own !== undefined) {
    findings.push({
      path: [...own.path, 'send'],
      message: `the trigger “${trigger.id}” sends “${trigger.send}” itself, so it would be proposed twice`,
      value: trigger.send,
      remedy: 'take send out of the trigger, or this step out of the journey',
    });
  }
  return findings;
}

function checkStep({ step, path, sentBefore, isBehindExit }: PlacedStep, index: Index): Finding[] {
  const findings: Finding[] = [];
  const isSent = (message: string, at: Path) => {
    if (sentBefore.has(message)) return;
    const isKnown = index.of('Message').has(message);
    const text = isKnown ? `“${message}” is not sent before this step` : `there is no message “${message}”`;
    const remedy = isKnown ? 'send it before, or ask for another message' : suggest(message, sentBefore);
    findings.push({ path: at, message: text, value: message, remedy });
  };
  if (isBehindExit) {
    const remedy = 'take it out, or put exit last';
    findings.push({ path, message: 'stands behind exit and is never taken', remedy, severity: 'warning' });
  }
  if (step.does === 'waitFor') {
    for (const one of step.anyOf) {
      if (one.kind === 'outcome') isSent(one.message, [...path, 'waitFor', one.outcome]);
      else for (const message of readsOf(one.event.where)?.sends ?? []) isSent(message, [...path, 'waitFor', 'did']);
    }
  }
  if (step.does === 'branch') {
    step.branches.forEach((branch, at) => {
      const place = [...path, 'branch', at, 'if'];
      const reads = readsOf(branch.if);
      for (const message of reads?.sends ?? []) isSent(message, place);
      if ((reads?.event.length ?? 0) + (reads?.properties.length ?? 0) === 0) return;
      const text = 'a branch has no event of its own';
      findings.push({ path: place, message: text, value: branch.if, remedy: 'ask evidence, or wait for the event' });
    });
    findings.push(...checkElse(step, path));
  }
  if (step.does === 'split') findings.push(...checkShares(step, path));
  return findings;
}

/** What a condition reads; one that does not compile is another finding. */
function readsOf(text: string | null): Reads | null {
  try {
    return text === null ? null : compileCondition(text).reads;
  } catch {
    return null;
  }
}

function checkElse({ branches }: StepOf<'branch'>, path: Path): Finding[] {
  if (branches.length > 0) return [];
  return [{ path: [...path, 'branch'], message: 'has no condition', remedy: 'add a way with if' }];
}

function checkShares({ ways }: StepOf<'split'>, path: Path): Finding[] {
  const sum = ways.reduce((total, { percent }) => total + percent, 0);
  const findings: Finding[] = [];
  if (Math.abs(sum - 100) > 1e-6) {
    const message = `the shares add up to ${sum}%, not to 100%`;
    findings.push({ path: [...path, 'ways'], message, remedy: 'correct the shares' });
  }
  if (new Set(ways.map(({ name }) => name)).size < ways.length) {
    findings.push({ path: [...path, 'ways'], message: 'two ways have the same name', remedy: 'rename one' });
  }
  return findings;
}

interface On {
  readonly journey: JourneyDefinition;
  readonly trigger: TriggerDefinition;
  readonly index: Index;
}

/** Whether a step's message is there, and can go where the step sends it. */
function checkMessage({ step, path }: PlacedStep, { journey, trigger, index }: On): Finding[] {
  if (step.does !== 'send' && step.does !== 'task' && step.does !== 'call') return [];
  const place = [...path, step.does];
  const message = index.of('Message').get(step.message);
  if (message?.kind !== 'Message') {
    const remedy = suggest(step.message, index.of('Message').keys());
    return [{ path: place, message: `there is no message “${step.message}”`, value: step.message, remedy }];
  }
  const findings: Finding[] = [];
  const at = (text: string, remedy: string, severity: 'error' | 'warning' = 'error') =>
    findings.push({ path: place, message: text, value: step.message, remedy, severity });
  if (journey.status === 'live' && message.status === 'draft') {
    at('the journey is live and this message is a draft', 'set the message live');
  }
  if (journey.status === 'live' && message.status === 'paused') {
    at('the journey is live and this message is paused, so it is not sent', 'set the message live', 'warning');
  }
  if (step.does === 'send' && trigger.purpose !== message.purpose) {
    at(`the trigger is ${trigger.purpose} and this message is ${message.purpose}`, 'give both the same purpose');
  }
  findings.push(...checkChannel(step, { message, trigger, path }));
  return findings;
}

interface Sending {
  readonly message: MessageDefinition;
  readonly trigger: TriggerDefinition;
  readonly path: Path;
}

function checkChannel(step: StepOf<'send' | 'task' | 'call'>, { message, trigger, path }: Sending): Finding[] {
  const has = message.channels.map(({ channel }) => channel);
  const isForStaff = step.does !== 'send' || trigger.audienceRole !== 'customer';
  const wanted: Channel | null = step.does === 'task' ? 'task' : step.does === 'call' ? 'webhook' : step.channel;
  const place = step.does === 'send' && wanted !== null ? [...path, 'channel'] : [...path, step.does];
  const fault = (text: string, remedy: string): Finding => ({
    path: place,
    message: text,
    value: wanted ?? step.message,
    remedy,
  });
  if (wanted === 'task' && trigger.foundBy === 'model') {
    return [
      fault('what a model found never goes to a person’s work list', 'use an automatic channel, or foundBy: rule'),
    ];
  }
  if (wanted !== null && !has.includes(wanted)) {
    return [fault(`the message “${message.id}” has no content for ${wanted}`, `give it one; it has ${has.join(', ')}`)];
  }
  if (wanted === 'task' && !isForStaff) return [fault('a task is for staff', 'use a task step')];
  const reaches = has.some((channel) =>
    isForStaff ? channel === 'task' || channel === 'webhook' : channel !== 'task',
  );
  if (wanted === null && !reaches) {
    const whom = isForStaff ? 'staff' : 'the customer';
    return [
      fault(`the message has no channel that reaches ${whom}`, isForStaff ? 'give it a task' : 'use a task step'),
    ];
  }
  return [];
}

/** A goal that the trigger does not have ends nothing. */
export function checkExits(
  { exitsOnGoal, startsWith }: JourneyDefinition,
  index: Index,
  isWritten: boolean,
): Finding[] {
  const trigger = index.of('Trigger').get(startsWith);
  if (!isWritten || !exitsOnGoal || trigger?.kind !== 'Trigger' || trigger.goal !== null) return [];
  const message = `the trigger “${startsWith}” has no goal, so goal ends nothing`;
  return [{ path: ['exitWhen'], message, remedy: 'give the trigger a goal, or name an event' }];
}
