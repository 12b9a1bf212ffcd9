import { type CollectedEvent, identifiedRecord, KairosError } from '@kairos/contracts';
import {
  type CompiledPlaybook,
  hashId,
  type IdentityState,
  identify,
  identifyLink,
  type Move,
  type Pointing,
  readIdentity,
} from '@kairos/decisions';
import type { Emission, Processor, StepContext, StepResult } from '@kairos/stream-kit';
import type { Counts, IdentifierKind, Partitioning, StateCodec } from '../ports.ts';
import { checkedEvent, whoSent } from './checked-event.ts';

const SILENT: Counts = {
  duplicateEvent: () => undefined,
  rehomed: () => undefined,
  sharedIdentifier: () => undefined,
};

export interface IdentifyOptions extends Partitioning {
  readonly codec: StateCodec;
  readonly counts?: Counts;
}

type Result = StepResult<IdentityState>;

/** Which person is this? One fold per source key: events.collected → events.identified. */
export function createIdentifyCollected(
  options: IdentifyOptions,
): Processor<IdentityState, CollectedEvent, CompiledPlaybook> {
  const { codec, partitions, partitionOf, counts = SILENT } = options;
  return {
    name: 'identify-collected',
    input: 'events.collected',
    outputs: ['events.identified', 'events.collected'],
    originOf: (record) => record.origin,
    route: (record) => ({ kind: 'keyed', key: whoSent(record).personId }),
    step(state, record, context) {
      const { personId, sourceKey } = whoSent(record);
      if (!record.rehomed && partitionOf(sourceKey, partitions) !== context.partition) {
        counts.rehomed();
        const value = { ...record, rehomed: true, origin: null };
        return { state, emissions: [{ topic: 'events.collected', key: sourceKey, value, to: 'byKey' }] };
      }
      if (record.link !== null) return onLink(state, record.link, { personId, context, counts });
      return onEvent(state, record, { personId, context, counts });
    },
    encode: (state) => codec.encode(state),
    decode: (bytes) => readIdentity(codec.decode(bytes) as Parameters<typeof readIdentity>[0]),
  };
}

interface About {
  readonly personId: string;
  readonly context: StepContext<CompiledPlaybook>;
  readonly counts: Counts;
}

function onEvent(
  state: IdentityState | undefined,
  record: CollectedEvent,
  { personId, context, counts }: About,
): Result {
  const loggedAtMs = context.logTimeMs > 0 ? context.logTimeMs : record.receivedAtMs;
  const outcome = identify(state, checkedEvent(record, loggedAtMs), { personId, loggedAtMs });
  if (outcome.kind === 'repeat') {
    counts.duplicateEvent();
    return { state: outcome.state, emissions: [] };
  }
  if (outcome.kind === 'contradiction') return { state: outcome.state, emissions: [], refused: contradiction() };
  const { event, move, pointings } = outcome;
  const value = identifiedRecord({ event });
  const emissions: Emission[] = move === null ? [] : firstLink(move, loggedAtMs);
  emissions.push({ topic: 'events.identified', key: event.personId, value, to: 'byKey' });
  for (const pointing of pointings) emissions.push(point(pointing, record, loggedAtMs));
  return { state: outcome.state, emissions };
}

/** Neither user is named: a reason is read by more people than a record. */
const contradiction = (): KairosError =>
  new KairosError(
    'IDENTITY_CONTRADICTED',
    'previousId belongs to another user already, and two users are never made one. If somebody else uses this browser ' +
      'now, send identify instead of alias; if both users are one customer, send the events of one of them under the other id.',
    { field: 'previousId' },
  );

/** An identifier is pointed at a person by somebody's event. */
function onLink(
  state: IdentityState | undefined,
  { to, loggedAtMs }: NonNullable<CollectedEvent['link']>,
  { personId, counts }: About,
): Result {
  const { state: next, move, isFirstLink, isShared } = identifyLink(state, { personId, to });
  if (isShared) counts.sharedIdentifier(personId.slice(0, personId.indexOf(':')) as IdentifierKind);
  if (move === null) return { state: next, emissions: [] };
  if (isFirstLink) return { state: next, emissions: firstLink(move, loggedAtMs) };
  const link = { personId: move.from, to: move.to, linkedAtMs: loggedAtMs, hold: null };
  return {
    state: next,
    emissions: [{ topic: 'events.identified', key: move.from, value: identifiedRecord({ link }), to: 'byKey' }],
  };
}

/**
 * The old person learns who it is now, and the new one that it must wait, both before any record of this key goes out under
 * the new name.
 */
function firstLink({ from, to }: Move, linkedAtMs: number): Emission[] {
  const hold = { key: from, personId: to };
  const link = { personId: from, to, linkedAtMs, hold };
  return [
    { topic: 'events.identified', key: from, value: identifiedRecord({ link }), to: 'byKey' },
    {
      topic: 'events.identified',
      key: to,
      value: identifiedRecord({ expect: { personId: to, key: from } }),
      to: 'byKey',
    },
  ];
}

/** Under the identifier's own key, so that its own fold decides. */
function point({ identifier, to }: Pointing, cause: CollectedEvent, loggedAtMs: number): Emission {
  const { personId, sourceKey } = identifier;
  const value: CollectedEvent = {
    messageId: hashId('link', personId, to, cause.messageId),
    type: 'link',
    name: 'Linked',
    anonymousId: null,
    userId: null,
    email: personId.startsWith('email:') ? sourceKey : null,
    phone: personId.startsWith('phone:') ? sourceKey : null,
    occurredAtMs: cause.occurredAtMs,
    receivedAtMs: cause.receivedAtMs,
    originalTimestampMs: null,
    sentAtMs: null,
    properties: '{}',
    traits: personId.startsWith('card:') ? JSON.stringify({ cardNumber: sourceKey }) : '{}',
    context: '{}',
    source: cause.source,
    sourceKind: 'internal',
    backfill: cause.backfill,
    candidateId: null,
    flags: [],
    rehomed: false,
    link: { to, loggedAtMs },
    origin: null,
  };
  return { topic: 'events.collected', key: sourceKey, value, to: 'byKey' };
}
