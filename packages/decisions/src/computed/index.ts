export { computedView, withComputed } from './apply-event.ts';
export { compileComputed } from './compile-computed.ts';
export { type ComputedTraitDefinition, type ComputeKind, computeKinds } from './definition.ts';
export { type ComputedState, MAX_DISTINCT, MAX_TOP, mergedComputed } from './fold.ts';
export type { CompiledComputedTraits } from './types.ts';
export { bucketMsOf } from './window.ts';
