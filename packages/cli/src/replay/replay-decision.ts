import { isDeepStrictEqual } from 'node:util';
import type { MessageDecided } from '@kairos/contracts';
import { type IncomingRecord, partitionOf } from '@kairos/stream-kit';
import type { OpenLog } from '../house/log.ts';
import { DoorFold } from './door-fold.ts';
import { firstDecidedAtMs } from './find-decision.ts';
import { type Activation, readActivations } from './playbooks.ts';

/** A field that was derived otherwise than it was recorded. */
export interface FieldDifference {
  readonly field: string;
  readonly recorded: unknown;
  readonly derived: unknown;
}

/** What the log still holds of the person. */
export interface Retained {
  readonly partition: number;
  readonly startOffset: number;
  /** Log time of the first record, UTC ms; null when there is none. */
  readonly startAtMs: number | null;
  /** Something was decided for the person before that: the story begins before the log does. */
  readonly isCutOff: boolean;
  /** Records of the person that were folded. */
  readonly records: number;
}

export interface Replay {
  /** `gone`: what the decision rests on is no longer on the log, so nothing can be said. */
  readonly verdict: 'equal' | 'different' | 'missing' | 'gone';
  readonly recorded: MessageDecided;
  readonly derived: MessageDecided | null;
  readonly differences: readonly FieldDifference[];
  readonly retained: Retained;
}

/**
 * Derives a recorded decision from the log: the person's partition of the door, with its times, playbook switches and
 * feedback, through the stages that decide. What came from an old person came through the same door, so nothing else is read.
 */
export async function replayDecision(log: OpenLog, recorded: MessageDecided): Promise<Replay> {
  const { personId, decisionId } = recorded;
  const partitions = await log.kafka.partitionCount('events.identified');
  const partition = partitionOf(personId, partitions);
  const startOffset = (await log.kafka.offsets('events.identified')).get(partition)?.start ?? 0;
  const activations = await readActivations(log);
  let derived: MessageDecided | null = null;
  const fold = new DoorFold({
    serde: log.serde,
    partitions,
    playbooks: activations,
    listeners: {
      'messages.decided': ({ value }) => {
        if (derived === null && value.decisionId === decisionId) derived = value;
      },
    },
  });
  const { startAtMs, records } = await foldPerson({ log, fold, partition, personId, activations });
  const firstMs = startOffset > 0 ? await firstDecidedAtMs(log, personId) : null;
  const isCutOff = startOffset > 0 && firstMs !== null && (startAtMs === null || firstMs < startAtMs);
  const retained: Retained = { partition, startOffset, startAtMs, isCutOff, records };
  const differences = derived === null ? [] : differencesOf(recorded, derived);
  return { verdict: verdictOf(derived, differences, retained), recorded, derived, differences, retained };
}

interface Folding {
  readonly log: OpenLog;
  readonly fold: DoorFold;
  readonly partition: number;
  readonly personId: string;
  readonly activations: readonly Activation[];
}

/** The person's own records, and what is for everybody: time and playbook switches, whose keys are no person's. */
function concerns(personId: string, record: IncomingRecord): boolean {
  const key = record.key?.toString('utf8') ?? '';
  return key === personId || !key.includes(':');
}

async function foldPerson({ log, fold, partition, personId, activations }: Folding) {
  let startAtMs: number | null = null;
  let records = 0;
  const reader = await log.kafka.read({
    topic: 'events.identified',
    partitions: [partition],
    onRecords: async (batch) => {
      for (const record of batch) {
        if (startAtMs === null) {
          startAtMs = record.logTimeMs;
          beginAt(record, fold, activations);
        }
        if (!concerns(personId, record)) continue;
        if (record.key?.toString('utf8') === personId) records += 1;
        await fold.feed(record);
      }
    },
  });
  await reader.done;
  return { startAtMs: startAtMs as number | null, records };
}

/** Where the log begins in the middle, the playbook of then was switched on before. */
function beginAt(
  { partition, offset, logTimeMs }: IncomingRecord,
  fold: DoorFold,
  activations: readonly Activation[],
): void {
  const live = activations.filter(({ publishedAtMs }) => publishedAtMs <= logTimeMs).at(-1);
  if (offset === 0 || live === undefined) return;
  fold.begin(partition, { offset: live.offset, version: live.published.version, before: offset });
}

/** Origins tell positions on the log, which a crash moves; everything else must be the same. */
function differencesOf(recorded: MessageDecided, derived: MessageDecided): FieldDifference[] {
  const fields = [...new Set([...Object.keys(recorded), ...Object.keys(derived)])].filter((one) => one !== 'origin');
  return fields.flatMap((field) => {
    const [one, other] = [recorded, derived].map((of) => parsed((of as unknown as Record<string, unknown>)[field]));
    return isDeepStrictEqual(one, other) ? [] : [{ field, recorded: one, derived: other }];
  });
}

const parsed = (value: unknown): unknown => {
  if (typeof value !== 'string' || !value.startsWith('{')) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
};

function verdictOf(
  derived: MessageDecided | null,
  differences: readonly FieldDifference[],
  { startOffset }: Retained,
): Replay['verdict'] {
  if (derived !== null && differences.length === 0) return 'equal';
  // Where the log has lost its beginning, a difference may come from what is no longer there: it proves nothing.
  if (startOffset > 0) return 'gone';
  return derived === null ? 'missing' : 'different';
}
