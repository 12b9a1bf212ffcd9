import { identifiedRecord } from '@kairos/contracts';
import { PROFILE_SET, type SetOfPerson } from '@kairos/decisions';
import type { Emission } from '@kairos/stream-kit';

/** What a journey sets goes through the door like any event of the person, so that whoever folds the log sees it too. */
export function setEmission({ personId, messageId, traits, atMs }: SetOfPerson): Emission {
  const event = {
    messageId,
    type: 'identify',
    name: PROFILE_SET,
    anonymousId: null,
    userId: null,
    email: null,
    phone: null,
    occurredAtMs: atMs,
    receivedAtMs: atMs,
    originalTimestampMs: null,
    sentAtMs: null,
    properties: '{}',
    traits,
    context: '{}',
    source: 'internal',
    sourceKind: 'internal',
    backfill: false,
    candidateId: null,
    flags: [],
    rehomed: false,
  };
  const value = identifiedRecord({ event: { personId, loggedAtMs: atMs, linkedFrom: null, event, sentBy: null } });
  return { topic: 'events.identified', key: personId, value, to: 'byKey' };
}
