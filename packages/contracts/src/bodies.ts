import type { EnrichedRecord, IdentifiedRecord, ProposedRecord } from './generated/avro-types.ts';

/** A record of `events.identified` with one body. */
export const identifiedRecord = (body: Partial<IdentifiedRecord>): IdentifiedRecord => ({
  origin: null,
  event: null,
  feedback: null,
  tick: null,
  marker: null,
  link: null,
  expect: null,
  merge: null,
  contactMove: null,
  forwarded: null,
  ...body,
});

/** A record of `events.enriched` with one body. */
export const enrichedRecord = (body: Partial<EnrichedRecord>): EnrichedRecord => ({
  origin: null,
  event: null,
  feedback: null,
  time: null,
  marker: null,
  moved: null,
  door: null,
  merged: null,
  waiting: null,
  contactMove: null,
  refused: null,
  ...body,
});

/** A record of `messages.proposed` with one body. */
export const proposedRecord = (body: Partial<ProposedRecord>): ProposedRecord => ({
  origin: null,
  proposal: null,
  withdrawal: null,
  contactEvent: null,
  feedback: null,
  time: null,
  marker: null,
  moved: null,
  merged: null,
  contactMove: null,
  ...body,
});
