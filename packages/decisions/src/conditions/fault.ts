import type { ConditionFault } from './types.ts';

/** Thrown inside the room only: at compilation for what is not valid, at evaluation for a misuse of types. */
export class ConditionError extends Error {
  readonly fault: ConditionFault;
  constructor(fault: ConditionFault) {
    super(fault.message);
    this.name = 'ConditionError';
    this.fault = fault;
  }
}

export interface Place {
  readonly start: number;
  readonly end: number;
}

export function faultAt(place: Place, fault: Omit<ConditionFault, 'start' | 'end'>): ConditionFault {
  return { ...fault, start: place.start, end: place.end };
}
