import type { EnrichedRecord, IdentifiedRecord, ProposedRecord } from './generated/avro-types.ts';

// Spelled out: these are made for everything that is written, and a spread costs many times as much.

/** A record of `events.identified` with one body. */
export const identifiedRecord = (body: Partial<IdentifiedRecord>): IdentifiedRecord => ({
  origin: body.origin ?? null,
  event: body.event ?? null,
  feedback: body.feedback ?? null,
  tick: body.tick ?? null,
  marker: body.marker ?? null,
  link: body.link ?? null,
  expect: body.expect ?? null,
  merge: body.merge ?? null,
  contactMove: body.contactMove ?? null,
  forwarded: body.forwarded ?? null,
});

/** A record of `events.enriched` with one body. */
export const enrichedRecord = (body: Partial<EnrichedRecord>): EnrichedRecord => ({
  origin: body.origin ?? null,
  event: body.event ?? null,
  feedback: body.feedback ?? null,
  time: body.time ?? null,
  marker: body.marker ?? null,
  moved: body.moved ?? null,
  door: body.door ?? null,
  merged: body.merged ?? null,
  waiting: body.waiting ?? null,
  contactMove: body.contactMove ?? null,
  refused: body.refused ?? null,
});

/** A record of `messages.proposed` with one body. */
export const proposedRecord = (body: Partial<ProposedRecord>): ProposedRecord => ({
  origin: body.origin ?? null,
  proposal: body.proposal ?? null,
  withdrawal: body.withdrawal ?? null,
  contactEvent: body.contactEvent ?? null,
  feedback: body.feedback ?? null,
  time: body.time ?? null,
  marker: body.marker ?? null,
  moved: body.moved ?? null,
  merged: body.merged ?? null,
  contactMove: body.contactMove ?? null,
});
