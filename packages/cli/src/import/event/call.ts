import type { Value } from '../values/field-reader.ts';

/** A call for the collector's batch API. */
export interface ImportCall {
  readonly type: 'track';
  readonly event: string;
  readonly messageId: string;
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly timestamp: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly traits?: Readonly<Record<string, Value>>;
  readonly context?: { readonly backfill: true };
}

/** Who a call is of: calls of one person keep their order. */
export const personOf = ({ userId, anonymousId, traits }: ImportCall): string =>
  userId ?? anonymousId ?? String(traits?.email ?? traits?.phone ?? traits?.cardNumber ?? '');
