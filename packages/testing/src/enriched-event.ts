import type { EnrichedEvent } from '@kairos/contracts';

/** An event as the enricher tells it, of which nothing is known but what is given. */
export const enrichedEvent = (fields: Partial<EnrichedEvent> = {}): EnrichedEvent => ({
  personId: 'user:42',
  messageId: 'm1',
  type: 'track',
  name: 'Seen',
  occurredAtMs: 0,
  receivedAtMs: 0,
  loggedAtMs: 0,
  source: 'web',
  sourceKind: 'server',
  backfill: false,
  candidateId: null,
  properties: '{}',
  context: '{}',
  profile: '{}',
  segments: [],
  segmentsEntered: [],
  segmentsLeft: [],
  contact: null,
  linkedFrom: null,
  faults: [],
  ...fields,
});
