import type { DetectState } from '../triggers/detect-state.ts';
import { concerns } from '../triggers/instance-key.ts';
import { TriggerStates } from '../triggers/trigger-states.ts';
import type { Fact } from '../triggers/trigger-type.ts';
import { exit } from './exits.ts';
import { isRunning, type JourneyInstance, MAX_RUNNING } from './instance.ts';
import { journeysOf } from './journey-states.ts';
import type { Instances, JourneysStep, PersonMoment } from './person.ts';

type Side = Pick<DetectState, 'triggers' | 'journeys'>;

/**
 * Two persons turn out to be one: all that either is on goes on. What the other side's memory cancels ends; of two with the
 * same key the older goes on and the younger ends, as it would not have started; so do those beyond the limit.
 */
export function mergeJourneys(into: Side, from: Side, moment: PersonMoment): JourneysStep {
  const mine = journeysOf(into.journeys) ?? [];
  const all = [...mine, ...(journeysOf(from.journeys) ?? [])].sort(byStart);
  const facts: Fact[] = [];
  const kept: JourneyInstance[] = [];
  for (const instance of all) {
    const isMine = mine.includes(instance);
    const code = isCancelledBy(isMine ? from : into, instance) ? 'EXITED' : clash(kept, instance);
    if (code === null) kept.push(instance);
    else facts.push(...exit(instance, code, moment).facts);
  }
  return { instances: kept, facts };
}

const byStart = (a: JourneyInstance, b: JourneyInstance): number =>
  a.startedAtMs - b.startedAtMs || (a.instanceId < b.instanceId ? -1 : 1);

/** Whether the other side remembers an event that cancels the trigger, from after what made it fire. */
function isCancelledBy({ triggers }: Side, { triggerId, key, lastArmAtMs }: JourneyInstance): boolean {
  const cancels = TriggerStates.of(triggers).get(triggerId)?.cancels ?? [];
  return cancels.some((cancel) => concerns(cancel.key, key) && cancel.atMs >= lastArmAtMs);
}

function clash(kept: Instances, instance: JourneyInstance): 'ALREADY_ACTIVE' | 'TOO_MANY_INSTANCES' | null {
  // One that has taken its steps already only waits for what may be taken back: it is in nobody's way.
  if (!isRunning(instance)) return null;
  const running = kept.filter((one) => one.journeyId === instance.journeyId && isRunning(one));
  if (running.some(({ key }) => key === instance.key)) return 'ALREADY_ACTIVE';
  return running.length >= MAX_RUNNING ? 'TOO_MANY_INSTANCES' : null;
}
