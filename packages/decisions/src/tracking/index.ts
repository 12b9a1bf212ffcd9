export { checkEvent, faultsOf, type PlanVerdict } from './check-event.ts';
export {
  type CompiledPlannedEvent,
  type CompiledTracking,
  compilePlannedEvent,
  compileTracking,
} from './compile-tracking.ts';
export { propertyTypes } from './definition.ts';
