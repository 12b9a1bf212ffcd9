import type { IdentifiedEvent } from '@kairos/contracts';
import type { PlannedEvent, PlannedProperty, SourceDefinition, TrackingPlanDefinition } from '../definitions.ts';
import { eventFrom, sourceOf } from '../profiles/profile.fixture.ts';

const common = { version: 'v', description: '', owner: '', status: 'live' } as const;

export const property = (path: string, more: Partial<PlannedProperty> = {}): PlannedProperty => ({
  path,
  type: 'string',
  required: false,
  values: [],
  description: '',
  ...more,
});

export const planned = (name: string, properties: readonly PlannedProperty[], more: Partial<PlannedEvent> = {}) => ({
  name,
  description: '',
  otherProperties: 'allow' as const,
  properties,
  ...more,
});

export const planOf = (...events: readonly PlannedEvent[]): TrackingPlanDefinition => ({
  ...common,
  kind: 'TrackingPlan',
  id: 'plan',
  events,
});

export const source = (more: Partial<SourceDefinition> = {}): SourceDefinition => sourceOf({ id: 'shop', ...more });

export const eventOf = (
  name: string,
  properties: object = {},
  more: Partial<IdentifiedEvent['event']> = {},
): IdentifiedEvent['event'] => ({ ...eventFrom({ name, properties }), ...more });
