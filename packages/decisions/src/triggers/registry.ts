import type { When } from '../definitions.ts';
import { absenceTrigger } from './absence/detect.ts';
import { countTrigger } from './count/detect.ts';
import { dateTrigger } from './date/detect.ts';
import { eventTrigger } from './event/detect.ts';
import { inactivityTrigger } from './inactivity/detect.ts';
import { profileChangeTrigger } from './profile-change/detect.ts';
import { segmentTrigger } from './segment/detect.ts';
import { sequenceTrigger } from './sequence/detect.ts';
import type { TriggerType, TriggerTypeSpec } from './trigger-type.ts';
import { unusualTrigger } from './unusual/detect.ts';

/** Every trigger type, by its name in the playbook. A new one is a folder here and a line below. */
export const triggerTypes: Readonly<Record<When['type'], TriggerType>> = {
  event: eventTrigger,
  absence: absenceTrigger,
  inactivity: inactivityTrigger,
  count: countTrigger,
  sequence: sequenceTrigger,
  unusual: unusualTrigger,
  segment: segmentTrigger,
  profileChange: profileChangeTrigger,
  date: dateTrigger,
};

/** What docs and lint know of the trigger types. */
export const triggerTypeSpecs: readonly TriggerTypeSpec[] = Object.values(triggerTypes).map(({ spec }) => spec);
