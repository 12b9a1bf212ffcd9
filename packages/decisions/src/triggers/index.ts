export { type DetectPlan, detectPlanOf } from './concerned.ts';
export { concernsNobody, contactEventOf, type DetectAt, type DetectResult } from './detect.ts';
export type { MergeAt } from './merge-types.ts';
export { triggerTypeSpecs } from './registry.ts';
export type { DetectState } from './state.ts';
export type { Fact, SetOfPerson, TriggerTypeSpec } from './trigger-type.ts';
export { type AwaitingDetectState, detectWaits, withDetectWaits } from './waiting.ts';
