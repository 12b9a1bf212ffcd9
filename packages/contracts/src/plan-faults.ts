/** What the tracking plan says of an event that does not keep to it. */
export interface PlanFaultInfo {
  /** `{field}` is the property, or the event name. */
  readonly sentence: string;
  readonly remedy: string;
}

/** The closed list of faults of an event against the tracking plan. */
export const planFaults = {
  EVENT_UNPLANNED: {
    sentence: 'No tracking plan names the event “{field}”.',
    remedy: 'Correct the name at the source, or add the event to the tracking plan.',
  },
  PROPERTY_MISSING: {
    sentence: '{field} is required and missing.',
    remedy: 'Send it, or make it optional in the tracking plan.',
  },
  PROPERTY_TYPE: {
    sentence: '{field} is not of the planned type.',
    remedy: 'Send the planned type, or correct the tracking plan.',
  },
  PROPERTY_VALUE: {
    sentence: '{field} is none of the allowed values.',
    remedy: 'Send one of the allowed values, or add it to the tracking plan.',
  },
  PROPERTY_UNPLANNED: {
    sentence: '{field} is no planned property of the event.',
    remedy: 'Correct its name at the source, or add it to the tracking plan.',
  },
} as const satisfies Record<string, PlanFaultInfo>;

export type PlanFaultCode = keyof typeof planFaults;

/** Whether `code` is on the closed list. */
export const isPlanFaultCode = (code: string): code is PlanFaultCode => Object.hasOwn(planFaults, code);

/** The sentence of a fault, with its field. */
export function explainPlanFault({ code, field }: { readonly code: string; readonly field: string }): string {
  if (!isPlanFaultCode(code)) return `Unknown fault ${code}.`;
  return planFaults[code].sentence.replace('{field}', () => field);
}
