export { checkCondition, checkExpression, compileCondition, compileExpression } from './condition.ts';
export { costLimits } from './cost.ts';
export type { FailedDefinition } from './failure.ts';
export { ConditionError } from './fault.ts';
export { functionNames } from './functions.ts';
export {
  alwaysProjected,
  eventFields,
  journeyVariables,
  variables,
} from './known-names.ts';
export { mayHoldTogether } from './may-hold.ts';
export { profileFields, profileTypes } from './profile-fields.ts';
export {
  type ConditionLeaf,
  type ConditionOp,
  type ConditionTree,
  type ConditionValue,
  conditionOps,
  conditionTextOf,
  fieldFault,
} from './tree.ts';
export { conditionTreeOf } from './tree-of.ts';
export type * from './types.ts';
