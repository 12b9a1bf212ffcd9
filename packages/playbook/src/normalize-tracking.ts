import type { TrackingPlanDefinition } from '@kairos/decisions';
import type { TrackingPlanInput } from './schema/tracking-plan.ts';

export function normalizeTrackingPlan(input: TrackingPlanInput): Omit<TrackingPlanDefinition, 'version'> {
  const { id, description, owner, status } = input;
  const events = Object.entries(input.events).map(([name, event]) => ({
    name,
    description: event.description,
    otherProperties: event.otherProperties,
    properties: Object.entries(event.properties).map(([path, property]) => ({ path, ...property })),
  }));
  return { kind: 'TrackingPlan', id, description, owner, status, events };
}
