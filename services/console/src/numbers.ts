import { KairosError } from '@kairos/contracts';
import type { Definition, JourneyDefinition, JourneyStep, TriggerDefinition } from '@kairos/decisions';

/** A count as metrics tell it. */
export interface Counted {
  readonly kind: string;
  readonly subject: string;
  readonly messageId: string;
  readonly outcome: string;
  readonly code: string;
  readonly n: number;
}

/** Moves on a journey as metrics tell them. */
export interface Moved {
  readonly journeyId: string;
  readonly version: string;
  readonly step: string;
  readonly does: string;
  readonly outcome: string;
  readonly way: string;
  readonly code: string;
  readonly n: number;
}

export interface ReasonCount {
  readonly code: string;
  readonly n: number;
}

/** How a trigger or journey fares in a span of time. Reasons are sorted, the most frequent first. */
export interface Numbers {
  /** Firings of a trigger; persons who started a journey. */
  readonly started: number;
  readonly notStarted: readonly ReasonCount[];
  readonly proposed: number;
  readonly sent: number;
  readonly dropped: readonly ReasonCount[];
  readonly withdrawn: readonly ReasonCount[];
  /** Of a journey: persons who left it; a trigger has nobody to leave it. */
  readonly ended: readonly ReasonCount[];
}

export type Listed = TriggerDefinition | JourneyDefinition;
export const isListed = (definition: Definition): definition is Listed =>
  definition.kind === 'Trigger' || definition.kind === 'Journey';

/** The one of that kind and name. Throws NOT_FOUND where there is none. */
export function listedOf(
  live: readonly Definition[],
  { kind, id }: { readonly kind: string; readonly id: string },
): Listed {
  const found = live.filter(isListed).find((one) => one.kind === kind && one.id === id);
  if (found !== undefined) return found;
  throw new KairosError('NOT_FOUND', `No ${kind} “${id}” is in the live playbook.`, { field: 'id' });
}

/** Messages that a journey may propose, steps inside others included. */
export function messagesOf(steps: readonly JourneyStep[]): readonly string[] {
  return steps.flatMap((step) => {
    switch (step.does) {
      case 'send':
      case 'task':
      case 'call':
        return [step.message];
      case 'waitFor':
        return messagesOf(step.otherwise);
      case 'branch':
        return [...step.branches.flatMap((branch) => messagesOf(branch.steps)), ...messagesOf(step.otherwise)];
      case 'split':
        return step.ways.flatMap((way) => messagesOf(way.steps));
      default:
        return [];
    }
  });
}

/**
 * What is counted of a definition. Decisions and reports name the trigger, so those of a journey are the ones of its
 * trigger about messages that the journey has; a trigger's include those of journeys that it starts.
 */
export function numbersOf(
  definition: Listed,
  counts: readonly Counted[],
  { moves, journeys }: { readonly moves: readonly Moved[]; readonly journeys: readonly JourneyDefinition[] },
): Numbers {
  const isJourney = definition.kind === 'Journey';
  const trigger = isJourney ? definition.startsWith : definition.id;
  const messages = isJourney ? new Set(messagesOf(definition.steps)) : null;
  const own = counts.filter(({ kind, subject }) => kind === 'trigger' && subject === definition.id);
  const about = counts.filter(
    ({ kind, subject, messageId }) =>
      (kind === 'decision' || kind === 'report') && subject === trigger && (messages?.has(messageId) ?? true),
  );
  const of = (outcome: string) => own.filter((count) => count.outcome === outcome);
  const fate = (outcome: string) => about.filter((count) => count.kind === 'decision' && count.outcome === outcome);
  const started = sum(of(isJourney ? 'journeyStarted' : 'fired'));
  const proposedBy = (journey: JourneyDefinition): number =>
    sum(moves.filter((moved) => moved.journeyId === journey.id && isProposal(moved)));
  return {
    started,
    notStarted: reasonsOf(of(isJourney ? 'journeyNotStarted' : 'notStarted')),
    proposed: isJourney
      ? proposedBy(definition)
      : (definition.send === null ? 0 : started) +
        journeys
          .filter(({ startsWith }) => startsWith === definition.id)
          .reduce((all, one) => all + proposedBy(one), 0),
    sent: sum(about.filter(({ kind, outcome }) => kind === 'report' && outcome === 'accepted')),
    dropped: reasonsOf(fate('dropped')),
    withdrawn: reasonsOf(fate('withdrawn')),
    ended: isJourney ? reasonsOf(of('journeyExited')) : [],
  };
}

const PROPOSES: ReadonlySet<string> = new Set(['send', 'task', 'call']);

/** A step that proposes, taken as written: one with a code was passed over. */
const isProposal = ({ does, outcome, code }: Moved): boolean =>
  outcome === 'journeyStepTaken' && code === '' && PROPOSES.has(does);

const sum = (counts: readonly { readonly n: number }[]): number => counts.reduce((all, { n }) => all + n, 0);

function reasonsOf(counts: readonly { readonly code: string; readonly n: number }[]): readonly ReasonCount[] {
  const byCode = new Map<string, number>();
  for (const { code, n } of counts) byCode.set(code, (byCode.get(code) ?? 0) + n);
  return [...byCode].map(([code, n]) => ({ code, n })).sort((a, b) => b.n - a.n || (a.code < b.code ? -1 : 1));
}
