import { type ProposedRecord, proposedRecord } from '@kairos/contracts';
import type { Emission } from '@kairos/stream-kit';

/** A record of `messages.proposed` with one body. */
export function toArbitration(key: string, body: Partial<ProposedRecord>): Emission {
  return { topic: 'messages.proposed', key, value: proposedRecord(body), to: 'same' };
}
