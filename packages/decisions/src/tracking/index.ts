export { checkEvent, type PlanVerdict } from './check-event.ts';
export { checkPlanned, checkSubject, type PlannedFault, type Subject } from './check-expression.ts';
export {
  type CompiledPlannedEvent,
  type CompiledTracking,
  compileTracking,
  type PropertyNode,
} from './compile-tracking.ts';
export { propertyTypes } from './definition.ts';
export { ANY_NAME, type FoundProperty, findProperty } from './find-property.ts';
