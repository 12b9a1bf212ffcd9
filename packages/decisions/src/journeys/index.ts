export { countSteps, depthOf, innerSteps } from './compile-steps.ts';
export { journeyLimits } from './definition.ts';
export { detect, detectDueAtMs, detectFeedback, detectTime, mergeDetect } from './detect.ts';
export type { JourneyInstance } from './instance.ts';
export { dueOfJourneys, JourneyStates, type Journeys, journeysOf, type StoredJourneys } from './journey-states.ts';
export { isSendOutcome, type SendOutcome, sendOutcomes } from './outcomes.ts';
export { earlierUnderWay, type Replaced } from './under-way.ts';
