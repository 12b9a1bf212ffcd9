import type { Definition, JourneyDefinition, JourneyStep, TriggerDefinition } from '../definitions.ts';
import { innerSteps } from './compile-steps.ts';

/** A definition that was published before, and for how long it has not been part of what is live. */
export interface Replaced {
  readonly definition: Definition;
  readonly replacedForMs: number;
}

const DAY_MS = 86_400_000;
/** A wait for a weekday, with what a change of the clock or of the person's zone adds. */
const UNTIL_MS = 8 * DAY_MS;
/**
 * Somebody may enter an old version late, or be late on it: while a stage is down time stands, and what lies on the log is
 * met afterwards. The log keeps events for 30 days.
 */
const LATE_MS = 30 * DAY_MS;

/**
 * What of the earlier definitions somebody may still be on, by the clock alone: a journey for as long as its longest way
 * takes after it was replaced, and a version of its trigger for as long as the journey's. The rest is let go: its text, and what
 * its conditions read of events and profiles. Who is on a version all the same leaves the journey with `JOURNEY_UNKNOWN`.
 */
export function earlierUnderWay(
  definitions: readonly Definition[],
  earlier: readonly Replaced[],
): readonly Definition[] {
  const all = [...definitions, ...earlier.map(({ definition }) => definition)];
  const triggers = all.filter((one) => one.kind === 'Trigger');
  const lastsMs = (journey: JourneyDefinition): number => longestMs(journey, triggers) + LATE_MS;
  const isKept = ({ definition, replacedForMs }: Replaced): boolean =>
    definition.kind === 'Journey' && replacedForMs <= lastsMs(definition);
  const kept = [...definitions, ...earlier.filter(isKept).map(({ definition }) => definition)];
  const triggerLastsMs = new Map<string, number>();
  for (const one of kept) {
    if (one.kind !== 'Journey') continue;
    triggerLastsMs.set(one.startsWith, Math.max(triggerLastsMs.get(one.startsWith) ?? 0, lastsMs(one)));
  }
  return earlier
    .filter((one) =>
      one.definition.kind === 'Trigger'
        ? one.replacedForMs <= (triggerLastsMs.get(one.definition.id) ?? -1)
        : isKept(one),
    )
    .map(({ definition }) => definition);
}

/** How long an instance lasts at most while time goes on: all waits of its longest way, and what it proposed last may still be taken back. */
export function longestMs(journey: JourneyDefinition, triggers: readonly TriggerDefinition[]): number {
  let expiresAfterMs = 0;
  for (const { id, expiresAfterMs: ofTrigger } of triggers) {
    if (id === journey.startsWith) expiresAfterMs = Math.max(expiresAfterMs, ofTrigger);
  }
  return waitsMs(journey.steps) + Math.max(expiresAfterMs, longestExpiryMs(journey.steps));
}

const waitsMs = (steps: readonly JourneyStep[]): number => steps.reduce((sum, step) => sum + waitMs(step), 0);

const longest = (ways: readonly (readonly JourneyStep[])[]): number => Math.max(0, ...ways.map(waitsMs));

function waitMs(step: JourneyStep): number {
  switch (step.does) {
    case 'wait':
      return step.forMs + (step.until === null ? 0 : UNTIL_MS);
    case 'waitFor':
      return step.atMostMs + waitsMs(step.otherwise);
    case 'branch':
      return longest([...step.branches.map(({ steps }) => steps), step.otherwise]);
    case 'split':
      return longest(step.ways.map(({ steps }) => steps));
    default:
      return 0;
  }
}

const longestExpiryMs = (steps: readonly JourneyStep[]): number =>
  Math.max(
    0,
    ...steps.map((step) =>
      'expiresAfterMs' in step ? (step.expiresAfterMs ?? 0) : Math.max(0, ...innerSteps(step).map(longestExpiryMs)),
    ),
  );
