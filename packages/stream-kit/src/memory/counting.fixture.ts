import { type EnrichedRecord, enrichedRecord, type ProposedRecord, proposedRecord } from '@kairos/contracts';
import { enrichedEvent } from '@kairos/testing';
import type { Emission, Processor, StepContext, StepResult } from '../processor.ts';

/** Counts a person's events, and proposes nothing but says so a minute after the last one. */
export interface Counting {
  readonly count: number;
  readonly quietAtMs: number | null;
}

export const QUIET_MS = 60_000;

const nothing: ProposedRecord = proposedRecord({});

const withdrawal = (said: NonNullable<ProposedRecord['withdrawal']>): ProposedRecord => ({
  ...nothing,
  withdrawal: said,
});

const emit = (key: string, value: object, context: StepContext<string>): Emission => ({
  topic: 'messages.proposed',
  key,
  value,
  to: 'same',
  ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
});

/** A small stage for tests: reads `events.enriched`, writes `messages.proposed`. An event named `Poison` throws. */
export const countingProcessor = (): Processor<Counting, EnrichedRecord, string> => ({
  name: 'detect',
  input: 'events.enriched',
  outputs: ['messages.proposed'],
  originOf: (record) => record.origin,
  route: (record) => {
    if (record.event !== null) return { kind: 'keyed', key: record.event.personId };
    if (record.time !== null) return { kind: 'time', timeMs: record.time.timeMs };
    if (record.marker !== null) return { kind: 'marker', ...record.marker };
    return { kind: 'unknown' };
  },
  step: (state, record, context): StepResult<Counting> => {
    const event = record.event;
    if (event === null || event.name === 'Poison') throw new Error('poisoned');
    if (event.name === 'Gone') return { state: undefined, emissions: [] };
    const count = (state?.count ?? 0) + 1;
    const { personId, messageId: candidateId, loggedAtMs: atMs } = event;
    const said = withdrawal({
      personId,
      candidateId,
      code: `COUNT_${count}`,
      atMs,
      causeMessageId: context.playbookVersion,
    });
    return {
      state: { count, quietAtMs: event.loggedAtMs + QUIET_MS },
      emissions: [emit(event.personId, said, context)],
    };
  },
  dueAtMs: ({ quietAtMs }) => quietAtMs ?? undefined,
  fire: (state, key, context) => ({
    state: { ...state, quietAtMs: null },
    emissions: [
      emit(
        key,
        withdrawal({
          personId: key,
          candidateId: `${key}:quiet`,
          code: 'QUIET',
          atMs: context.timeMs,
          causeMessageId: String(state.quietAtMs),
        }),
        context,
      ),
    ],
  }),
  onTime: (context) => [emit('', { ...nothing, time: { timeMs: context.timeMs } }, context)],
  onMarker: (context) => {
    const { playbookOffset, playbookVersion: version } = context;
    return [emit('', { ...nothing, marker: { playbookOffset, version } }, context)];
  },
  encode: (state) => Buffer.from(JSON.stringify(state)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')) as Counting,
});

/** The same event under another name. */
export const named = (name: string, record: EnrichedRecord): EnrichedRecord => ({
  ...record,
  event: record.event === null ? null : { ...record.event, name },
});

export const enriched = (personId: string, messageId: string, loggedAtMs: number): EnrichedRecord =>
  enrichedRecord({
    event: enrichedEvent({
      personId,
      messageId,
      occurredAtMs: loggedAtMs,
      receivedAtMs: loggedAtMs,
      loggedAtMs,
      source: 'test',
    }),
  });

/** What the counting stage said of persons, as `person code`. */
export const saidOf = (records: readonly { readonly value: ProposedRecord }[]): string[] =>
  records.flatMap(({ value }) =>
    value.withdrawal === null ? [] : [`${value.withdrawal.personId} ${value.withdrawal.code}`],
  );
