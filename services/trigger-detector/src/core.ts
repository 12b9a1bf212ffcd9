import { type EnrichedRecord, type Fields, fieldsExcept, type TriggerDetected } from '@kairos/contracts';
import {
  type AwaitingDetectState,
  type CompiledPlaybook,
  concernsNobody,
  contactEventOf,
  type DetectPlan,
  type DetectState,
  detect,
  detectDueAtMs,
  detectFeedback,
  detectPlanOf,
  detectTime,
  detectWaits,
  type ForArbitration,
  namesSuffice,
  withDetectWaits,
} from '@kairos/decisions';
import type { FlatCodec, Processor, StepContext, StepResult } from '@kairos/stream-kit';
import { emit } from './core/emit.ts';
import { failedDefinition } from './core/failed-definition.ts';
import { onMove, personOfMove } from './core/moves.ts';
import { toArbitration } from './core/to-arbitration.ts';
import type { Counts, StateCodec } from './ports.ts';

export type { Counts, StateCodec } from './ports.ts';

export interface DetectOptions {
  readonly codec: StateCodec;
  readonly counts?: Counts;
}

const SILENT: Counts = { detected: () => undefined, failed: () => undefined };

/** Made once per list of fields that are not read: whoever decodes compiles a reader per tree. */
const trees = new Map<string, Fields>();

function treeOf({ unread }: DetectPlan): Fields {
  const name = unread.join();
  const paths = unread.map((field) => `event.${field}`);
  const tree = trees.get(name) ?? fieldsExcept('events.enriched', paths);
  trees.set(name, tree);
  return tree;
}

/** Of an event what tells that it concerns nobody, and of all other records everything. */
const NAME_ONLY: Fields = {
  ...fieldsExcept('events.enriched', []),
  event: { personId: true, name: true, contact: true },
};

type Context = StepContext<CompiledPlaybook>;
type Result = StepResult<DetectState>;

/** Patterns over time: what fires, what is proposed, what is taken back, and all else that arbitration must know, in order. */
export function createDetectProcessor({
  codec,
  counts = SILENT,
}: DetectOptions): Processor<AwaitingDetectState, EnrichedRecord, CompiledPlaybook> {
  return {
    name: 'detect',
    input: 'events.enriched',
    outputs: ['triggers.detected', 'messages.proposed', 'events.identified'],
    reads: (playbook) => (playbook === undefined ? undefined : treeOf(detectPlanOf(playbook))),
    glance: (playbook) =>
      playbook === undefined || !namesSuffice(playbook)
        ? undefined
        : { fields: NAME_ONLY, suffices: ({ event }) => event === null || concernsNobody(event, playbook) },
    originOf: (record) => record.origin,
    route(record) {
      if (record.event !== null) return { kind: 'keyed', key: record.event.personId };
      if (record.feedback !== null) return { kind: 'keyed', key: record.feedback.personId };
      if (record.time !== null) return { kind: 'time', timeMs: record.time.timeMs };
      if (record.marker !== null) return { kind: 'marker', ...record.marker };
      const moving = personOfMove(record);
      return moving === undefined ? { kind: 'unknown' } : { kind: 'keyed', key: moving };
    },
    passesOver: ({ event }, { playbook }) =>
      event !== null && playbook !== undefined && concernsNobody(event, playbook),
    step(state, record, context) {
      if (record.event === null) return counted(stepAside(state, record, context), counts);
      const result = onEvent(state, record.event, context);
      for (const failed of result.failed) counts.failed(failed);
      return counted(awaiting(state, result), counts);
    },
    // Whoever waits for the state of an old person fires nothing before it has come: it may hold what cancels.
    dueAtMs: (state) => (detectWaits(state) > 0 ? undefined : detectDueAtMs(state)),
    fire(state, key, { timeMs, playbook }) {
      const result = detectTime(state, key, { timeMs, playbook });
      return counted({ state: result.state, emissions: emit([], result.facts, key) }, counts);
    },
    onTime: ({ timeMs }) => [toArbitration('time', { time: { timeMs } })],
    onMarker: ({ playbookOffset, playbookVersion }) => [
      toArbitration('marker', { marker: { playbookOffset, version: playbookVersion } }),
    ],
    encode: (state) => codec.encode(state),
    decode: (bytes) => codec.decode(bytes) as AwaitingDetectState,
    ...(codec.flat === undefined ? {} : { flat: codec.flat as FlatCodec<AwaitingDetectState> }),
  };
}

/** What is no customer's event: feedback, and persons who turn out to be one. */
function stepAside(state: AwaitingDetectState | undefined, record: EnrichedRecord, context: Context): Result {
  if (record.feedback !== null) return awaiting(state, onFeedback(state, record, context));
  const { state: next, emissions, facts } = onMove(state, record, context);
  const personId = personOfMove(record) ?? '';
  return { state: next, emissions: emit([...emissions], facts, personId) };
}

/** A person who waits goes on waiting, whatever else is remembered. */
function awaiting(before: AwaitingDetectState | undefined, result: Result): Result {
  const waits = detectWaits(before);
  return waits === 0 ? result : { ...result, state: withDetectWaits(result.state, waits) };
}

function counted(result: Result, counts: Counts): Result {
  for (const { topic, value } of result.emissions) {
    if (topic !== 'triggers.detected') continue;
    const detected = value as TriggerDetected;
    const { triggerId, outcome, code, next } = detected;
    counts.detected(triggerId, outcome, code);
    for (const one of next) counts.detected(triggerId, one.outcome, one.code);
    // An instance that ends for it is told of beside it.
    if (code === 'DEFINITION_FAILED' && outcome === 'notStarted') counts.failed(failedDefinition(detected));
  }
  return result;
}

/**
 * Contact changes and blocking events come before what the same event proposes: an unsubscribe or a complaint is never
 * overtaken by the message that it should stop.
 */
function onEvent(
  state: DetectState | undefined,
  event: NonNullable<EnrichedRecord['event']>,
  { playbook, timeMs, traceparent }: Context,
): Result & Pick<ForArbitration, 'failed'> {
  const { contactEvent, failed } = contactEventOf(event, playbook);
  const emissions = contactEvent === null ? [] : [toArbitration(event.personId, { contactEvent })];
  // Before the first activation there are no triggers.
  if (playbook === undefined) return { state, emissions, failed };
  const result = detect(state, event, { playbook, timeMs, traceparent: traceparent ?? null });
  return { state: result.state, emissions: emit(emissions, result.facts, event.personId), failed };
}

/** Hand-overs go on to arbitration, before what a journey makes of them; its own decisions don't go back to it. */
function onFeedback(
  state: DetectState | undefined,
  { feedback }: EnrichedRecord,
  { playbook, timeMs }: Context,
): Result {
  if (feedback === null) return { state, emissions: [] };
  const emissions = feedback.kind === 'reported' ? [toArbitration(feedback.personId, { feedback })] : [];
  const result = detectFeedback(state, feedback, { playbook, timeMs });
  return { state: result.state, emissions: emit(emissions, result.facts, feedback.personId) };
}
