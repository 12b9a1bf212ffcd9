import {
  type Awaited,
  type Definition,
  formatDuration,
  type JourneyDefinition,
  type JourneyStep,
  type LocalMoment,
} from '@kairos/decisions';
import { conditionWords, event, events } from './describe-condition.ts';
import { channelWords, list, quote } from './describe-words.ts';
import { weekdays } from './schema/journey.ts';

/** A journey as one sentence; steps inside others stand in brackets behind them. */
export function describeJourney(journey: JourneyDefinition, others: readonly Definition[]): string {
  const ends = [
    ...(journey.exitsOnGoal ? goalPhrase(journey.startsWith, others) : []),
    ...(journey.exitWhen.length === 0 ? [] : [`${events(journey.exitWhen)} comes`]),
  ];
  const end =
    ends.length === 0 ? '' : `; it ends at once when ${list(ends, 'or')}, and what was not sent is taken back`;
  return `When ${quote(journey.startsWith)} fires, ${stepsPhrase(journey.steps)}${end}.`;
}

/** What a trigger hopes for ends its journeys; one that hopes for nothing promises no end. */
function goalPhrase(startsWith: string, others: readonly Definition[]): readonly string[] {
  const trigger = others.find((one) => one.kind === 'Trigger' && one.id === startsWith);
  if (trigger?.kind !== 'Trigger') return [`the goal of ${quote(startsWith)} is reached (if it has one)`];
  return trigger.goal === null ? [] : ['the goal is reached'];
}

const stepsPhrase = (steps: readonly JourneyStep[]): string =>
  steps.length === 0 ? 'do nothing' : steps.map(stepPhrase).join(', then ');

function stepPhrase(step: JourneyStep): string {
  switch (step.does) {
    case 'send':
      return `propose ${quote(step.message)}${step.channel === null ? '' : ` ${channelWords[step.channel]}`}${expiry(step)}`;
    case 'task':
      return `give the ${step.role} staff the task ${quote(step.message)}${expiry(step)}`;
    case 'call':
      return `call another system with ${quote(step.message)}${expiry(step)}`;
    case 'wait':
      return waitPhrase(step.forMs, step.until);
    case 'waitFor':
      return `wait at most ${formatDuration(step.atMostMs)} until ${list(step.anyOf.map(awaitedPhrase), 'or')}${inner('and if not', step.otherwise)}`;
    case 'branch': {
      const branches = step.branches.map((branch) => `if ${conditionWords(branch.if)} (${stepsPhrase(branch.steps)})`);
      return `${branches.join(', else ')}${inner('else', step.otherwise)}`;
    }
    case 'split': {
      const ways = step.ways.map(
        ({ name, percent, steps }) => `${percent} % way ${quote(name)} (${stepsPhrase(steps)})`,
      );
      return `send ${list(ways, 'and')} by the draw ${quote(step.id)}`;
    }
    case 'set': {
      const traits = Object.entries(step.traits).map(([name, value]) => `${name} to ${JSON.stringify(value)}`);
      return `set ${list(traits, 'and')}`;
    }
    case 'exit':
      return 'end it';
  }
}

const expiry = ({ expiresAfterMs }: { readonly expiresAfterMs: number | null }): string =>
  expiresAfterMs === null ? '' : ` within ${formatDuration(expiresAfterMs)} or not at all`;

const inner = (word: string, steps: readonly JourneyStep[]): string =>
  steps.length === 0 ? '' : `, ${word} (${stepsPhrase(steps)})`;

const awaitedPhrase = (one: Awaited): string =>
  one.kind === 'event' ? `${event(one.event)} comes` : `${quote(one.message)} was ${one.outcome}`;

function waitPhrase(forMs: number, until: LocalMoment | null): string {
  if (until === null) return `wait ${formatDuration(forMs)}`;
  const days = until.weekdays.map((day) => weekdays[day - 1] ?? '');
  const on = days.length === 0 ? '' : ` on ${list(days, 'or')}`;
  const time = until.time === null ? (days.length === 0 ? '' : ' the beginning of the day') : ` ${until.time}`;
  const first = forMs === 0 ? '' : ` ${formatDuration(forMs)} and then`;
  return `wait${first} until${time} where the person lives${on}`;
}
