export { type GateName, gateNames } from './gates.ts';
export {
  type ArbitrationContext,
  type ArbitrationOutput,
  type ArbitrationResult,
  type Block,
  type Decided,
  dueAtMs,
  emptyContactState,
  type PersonContactState,
  type Send,
  type Waiting,
} from './state.ts';
export { applyProposed, decideDue, personOf } from './step.ts';
