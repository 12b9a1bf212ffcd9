import type { CollectedEvent } from '@kairos/contracts';
import type { Source, SourceKind } from '../ports.ts';
import type { Fault } from './fault.ts';

export { CALL_TYPES, type Call, type CallType, SOURCE_KINDS, type Source, type SourceKind } from '../ports.ts';

/** What a call is judged by, beside itself. */
export interface CollectContext {
  readonly nowMs: number;
  readonly source: Source;
  newId(): string;
  /** Of the request; stamped on events from browsers that don't say it themselves. */
  readonly clientIp?: string | undefined;
  readonly userAgent?: string | undefined;
  isBot(userAgent: string): boolean;
}

export interface AcceptedEvent {
  /** Place in the batch; 0 for a single call. */
  readonly index: number;
  readonly key: string;
  readonly event: CollectedEvent;
}

export interface RejectedEvent extends Fault {
  readonly index: number;
  /** As it came, for the dead letters. */
  readonly original: unknown;
}

/** Every event of a call is in exactly one of the two lists. */
export interface Collected {
  readonly accepted: readonly AcceptedEvent[];
  readonly rejected: readonly RejectedEvent[];
}

export const MAX_BATCH_EVENTS = 2_500;
const KIB = 1024;
/** Largest event as it is stored, in bytes. A browser's key is public. */
export const MAX_EVENT_BYTES: Readonly<Record<SourceKind, number>> = {
  browser: 32 * KIB,
  server: 256 * KIB,
  import: 256 * KIB,
  internal: 256 * KIB,
};
