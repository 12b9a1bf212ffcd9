import type { TriggerDefinition } from '../definitions.ts';
import { innerSteps } from './compile-steps.ts';
import type { JourneyDefinition, JourneyStep } from './definition.ts';

/** Names of events that may end a journey of these or be what one waits for; null = any event may. */
export function namesHeard(
  journeys: readonly JourneyDefinition[],
  triggers: readonly TriggerDefinition[],
): ReadonlySet<string> | null {
  const names = new Set<string>();
  const started = new Set(journeys.map(({ startsWith }) => startsWith));
  for (const { id, when, cancelOn, goal } of triggers) {
    if (!started.has(id)) continue;
    // That the customer was active after all ends the journey, too.
    if (when.type === 'inactivity' && when.events === null) return null;
    const own = when.type === 'absence' ? when.butNot : when.type === 'inactivity' ? (when.events ?? []) : [];
    for (const { name } of [...own, ...cancelOn]) names.add(name);
    if (goal !== null) names.add(goal.event.name);
  }
  for (const { exitWhen, steps } of journeys) {
    for (const { name } of exitWhen) names.add(name);
    for (const name of awaitedIn(steps)) names.add(name);
  }
  return names;
}

const awaitedIn = (steps: readonly JourneyStep[]): readonly string[] =>
  steps.flatMap((step) => [
    ...(step.does === 'waitFor' ? step.anyOf.flatMap((one) => (one.kind === 'event' ? [one.event.name] : [])) : []),
    ...innerSteps(step).flatMap(awaitedIn),
  ]);
