export { checkEvent, type PlanVerdict } from './check-event.ts';
export { checkPlanned, type PlannedFault } from './check-expression.ts';
export {
  type CompiledPlannedEvent,
  type CompiledTracking,
  compileTracking,
} from './compile-tracking.ts';
export { propertyTypes } from './definition.ts';
export { findProperty } from './find-property.ts';
