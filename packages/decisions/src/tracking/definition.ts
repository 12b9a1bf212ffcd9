import type { Common } from '../definition-parts.ts';

/** `datetime` is ISO 8601 text (a day, or a moment), or UTC ms. */
export const propertyTypes = ['string', 'number', 'boolean', 'datetime', 'object', 'array'] as const;
export type PropertyType = (typeof propertyTypes)[number];

export interface PlannedProperty {
  /** `total`; below objects and lists `address.city`, `products[].sku`. */
  readonly path: string;
  readonly type: PropertyType;
  /** Below an object or a list: required wherever that is there. */
  readonly required: boolean;
  /** Only these; empty = any of the type. */
  readonly values: readonly (string | number)[];
  readonly description: string;
}

export interface PlannedEvent {
  readonly name: string;
  readonly description: string;
  /** What becomes of properties that the plan does not name. */
  readonly otherProperties: 'allow' | 'flag';
  readonly properties: readonly PlannedProperty[];
}

/** The agreed names and properties of events. Several together plan the events of a company, each event in one of them. */
export interface TrackingPlanDefinition extends Common {
  readonly kind: 'TrackingPlan';
  readonly events: readonly PlannedEvent[];
}
