import { CALL_TYPES, type CallType, collect, type SourceKind } from '@kairos/collector/core';
import type { CollectedEvent } from '@kairos/contracts';
import { hashId } from '@kairos/decisions';

export type { SourceKind } from '@kairos/collector/core';

/** Under which source a call would have come in, and when. */
export interface CalledBy {
  readonly sourceId: string;
  readonly kind: SourceKind;
  readonly atMs: number;
}

/** A call of Segment's API as the collector would have put it on the log; else the sentence with which it would refuse it. */
export function collectCall(
  call: Readonly<Record<string, unknown>>,
  { sourceId, kind, atMs }: CalledBy,
): CollectedEvent | string {
  const type = CALL_TYPES.find((one) => one === (call.type ?? call.action)) as CallType | undefined;
  if (type === undefined) return `type must be one of ${CALL_TYPES.join(', ')}`;
  const { accepted, rejected } = collect(
    { type, body: call },
    {
      nowMs: atMs,
      source: { sourceId, kind },
      // The same line makes the same event, so that a rehearsal can be repeated.
      newId: () => hashId('rehearsed', JSON.stringify(call)),
      isBot: () => false,
    },
  );
  return accepted[0]?.event ?? rejected[0]?.message ?? 'it is no event';
}
