export { type DetectPlan, detectPlanOf } from './concerned.ts';
export { concernsNobody, contactEventOf, type DetectAt, type DetectResult, detect, detectFeedback } from './detect.ts';
export { detectTime, dueAtMs as detectDueAtMs } from './detect-time.ts';
export { mergeDetect } from './merge.ts';
export type { MergeAt } from './merge-types.ts';
export { triggerTypeSpecs } from './registry.ts';
export type { DetectState } from './state.ts';
export type { Fact, TriggerTypeSpec } from './trigger-type.ts';
export { type AwaitingDetectState, detectWaits, withDetectWaits } from './waiting.ts';
