import type { Awaited, EventMatch, JourneyDefinition, JourneyStep } from '@kairos/decisions';
import { type Awaitable, awaitable, type JourneyInput, type StepInput, weekdays } from './schema/journey.ts';

type StepOf<Key extends string> = Extract<StepInput, { readonly [K in Key]: unknown }>;

export function normalizeJourney(input: JourneyInput): Omit<JourneyDefinition, 'version'> {
  const { id, description, owner, status, startsWith, exitWhen } = input;
  const events = exitWhen.flatMap((one) =>
    one === 'goal' ? [] : one.did.map((event) => ({ ...event, where: joined(event.where, one.where) })),
  );
  return {
    kind: 'Journey',
    id,
    description,
    owner,
    status,
    startsWith,
    exitsOnGoal: exitWhen.includes('goal'),
    exitWhen: events.map(withSpelledSends),
    steps: input.steps.map(normalizeStep),
  };
}

const joined = (own: string | null, common: string | undefined): string | null =>
  common === undefined ? own : own === null ? common : `(${own}) && (${common})`;

function normalizeStep(step: StepInput): JourneyStep {
  if (step === 'exit') return { does: 'exit' };
  if ('send' in step) {
    return {
      does: 'send',
      message: step.send,
      channel: step.channel ?? null,
      expiresAfterMs: step.expiresAfter ?? null,
    };
  }
  if ('wait' in step) return normalizeWait(step);
  if ('waitFor' in step) return normalizeWaitFor(step);
  if ('branch' in step) return normalizeBranch(step);
  if ('split' in step) {
    const ways = step.ways.map(({ name, share, steps }, at) => ({
      name: name ?? String.fromCharCode('a'.charCodeAt(0) + at),
      percent: share,
      steps: steps.map(normalizeStep),
    }));
    return { does: 'split', id: step.split, ways };
  }
  if ('set' in step) return { does: 'set', traits: step.set };
  if ('task' in step) {
    const role = step.to.replace(/^staff\((.+)\)$/, '$1');
    return { does: 'task', message: step.task, role, expiresAfterMs: step.expiresAfter ?? null };
  }
  return { does: 'call', message: step.call, expiresAfterMs: step.expiresAfter ?? null };
}

function normalizeWait({ wait }: StepOf<'wait'>): JourneyStep {
  if (typeof wait === 'number') return { does: 'wait', forMs: wait, until: null };
  const days = wait.on === undefined ? [] : typeof wait.on === 'string' ? [wait.on] : wait.on;
  const until =
    wait.until === undefined && days.length === 0
      ? null
      : { time: wait.until ?? null, weekdays: days.map((day) => weekdays.indexOf(day) + 1) };
  return { does: 'wait', forMs: wait.for ?? 0, until };
}

function normalizeWaitFor({ waitFor, otherwise = [] }: StepOf<'waitFor'>): JourneyStep {
  const events = (waitFor.did ?? []).map((event): Awaited => ({ kind: 'event', event: withSpelledSends(event) }));
  const outcomes = awaitable.flatMap((outcome): Awaited[] => {
    const message = waitFor[outcome as Awaitable];
    return message === undefined ? [] : [{ kind: 'outcome', message, outcome }];
  });
  return {
    does: 'waitFor',
    anyOf: [...events, ...outcomes],
    atMostMs: waitFor.atMost,
    otherwise: otherwise.map(normalizeStep),
  };
}

function normalizeBranch({ branch }: StepOf<'branch'>): JourneyStep {
  const branches = branch.flatMap((one) =>
    'if' in one ? [{ if: spelledSends(one.if), steps: one.steps.map(normalizeStep) }] : [],
  );
  const otherwise = branch.flatMap((one) => ('else' in one ? one.else.map(normalizeStep) : []));
  return { does: 'branch', branches, otherwise };
}

const SENDS = /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\b(sends|reasons)\.([a-z0-9][a-z0-9._-]*)/g;

/** `sends.cart-reminder` would be a subtraction to the expression language; people mean the message of that name. */
const spelledSends = (text: string): string =>
  text.replaceAll(SENDS, (whole, quoted: string | undefined, variable: string, message: string) =>
    quoted === undefined ? `${variable}["${message}"]` : whole,
  );

const withSpelledSends = (event: EventMatch): EventMatch =>
  event.where === null ? event : { ...event, where: spelledSends(event.where) };
