import { type EnrichedRecord, type IdentifiedRecord, identifiedRecord, type PersonMoved } from '@kairos/contracts';
import {
  type AwaitingDetectState,
  type CompiledPlaybook,
  type DetectState,
  type Fact,
  mergeDetect,
  withDetectWaits,
} from '@kairos/decisions';
import type { Emission, StepContext, StepResult } from '@kairos/stream-kit';
import { toArbitration } from './to-arbitration.ts';

type Context = StepContext<CompiledPlaybook>;
type Result = StepResult<AwaitingDetectState>;

/** The person of a record that is about a move; undefined for others. */
export const personOfMove = (record: EnrichedRecord): string | undefined =>
  (record.moved ?? record.door ?? record.merged ?? record.waiting ?? record.contactMove)?.personId;

export interface MoveStep extends Result {
  readonly facts: readonly Fact[];
}

/**
 * Persons who turn out to be one. All that leaves an old person leaves here, by one producer and in order: its state first,
 * then every record that came for the old name.
 */
export function onMove(state: AwaitingDetectState | undefined, record: EnrichedRecord, context: Context): MoveStep {
  const { moved, door, merged, waiting, contactMove } = record;
  if (moved !== null) return moveAway(state, moved);
  if (door !== null) {
    const bodies = JSON.parse(door.record) as Partial<IdentifiedRecord>;
    return { state, facts: [], emissions: [throughDoor(door.to, bodies)] };
  }
  if (merged !== null) return onMerged(state, merged, context);
  if (waiting !== null) return { state: withDetectWaits(state, waiting.keys), facts: [], emissions: [] };
  if (contactMove !== null) {
    return { state, facts: [], emissions: [toArbitration(contactMove.personId, { contactMove })] };
  }
  return { state, facts: [], emissions: [] };
}

const throughDoor = (to: string, bodies: Partial<IdentifiedRecord>): Emission => ({
  topic: 'events.identified',
  key: to,
  value: identifiedRecord(bodies),
  to: 'byKey',
});

/** Adds the detector's share to enrich's and sends both. Nothing is remembered under the old name. */
function moveAway(state: AwaitingDetectState | undefined, { personId, to, merge }: PersonMoved): MoveStep {
  const remembered = withDetectWaits(state, 0);
  const patterns = remembered === undefined ? null : JSON.stringify(remembered);
  const emissions = [throughDoor(to, { merge: { ...merge, patterns } })];
  if (merge.contactFollows) emissions.push(toArbitration(personId, { moved: { personId, to } }));
  return { state: undefined, facts: [], emissions };
}

/** Arbitration hears of it before anything that the merge itself withdraws. */
function onMerged(
  state: AwaitingDetectState | undefined,
  merged: NonNullable<EnrichedRecord['merged']>,
  { playbook, timeMs }: Context,
): MoveStep {
  const { personId, fromPersonId, linkedAtMs, profile, segments, contact, patterns, contactFollows } = merged;
  const from = patterns === null ? null : (JSON.parse(patterns) as DetectState);
  const at = { personId, playbook, timeMs, linkedAtMs, profile, segments };
  const waits = state?.waits ?? 0;
  const result = mergeDetect(state, from, at);
  const isNews = contact !== null || contactFollows;
  return {
    state: withDetectWaits(result.state, waits),
    facts: result.facts,
    emissions: isNews ? [toArbitration(personId, { merged: { personId, fromPersonId, contact, contactFollows } })] : [],
  };
}
