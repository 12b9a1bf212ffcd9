import type { ErrorCode } from '@kairos/contracts';

/** What is wrong with one event, for the client and for the dead letters. */
export interface Fault {
  readonly code: ErrorCode;
  /** Path in the request, such as `batch[3].event`. */
  readonly field: string;
  /** What is wrong, with the value (cut), and the remedy. */
  readonly message: string;
}

/** Thrown inside this folder to leave one event; `collect` turns it into a refusal. */
export class EventRefused extends Error {
  readonly fault: Fault;
  constructor(code: ErrorCode, field: string, message: string) {
    super(message);
    this.name = 'EventRefused';
    this.fault = { code, field, message: `${field === '' ? 'The body' : field} ${message}` };
  }
}

const CUT = 60;

/** A value as it may be quoted in a message: short, whatever it is. */
export function quoted(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > CUT ? `${value.slice(0, CUT)}…` : value);
  if (value === null || typeof value !== 'object') return String(value);
  return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
}

/** Joins a path and a name: `` + `event` = `event`; `batch[3]` + `event` = `batch[3].event`. */
export const at = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
