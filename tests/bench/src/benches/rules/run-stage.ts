import type { EnrichedRecord, TopicName } from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook, type Definition, type DetectState } from '@kairos/decisions';
import {
  type IncomingRecord,
  type KafkaPort,
  memoryKafka,
  memorySerde,
  type PlaybookReader,
  startStage,
} from '@kairos/stream-kit';
import { detectProcessor, FIRST_MS } from '../../kit/cart-left.ts';
import { until } from '../../kit/detect-house.ts';

const BATCH = 500;
const TOPICS: readonly TopicName[] = [
  'events.enriched',
  'events.identified',
  'triggers.detected',
  'messages.proposed',
  'detect.changelog',
];

export interface StageInput {
  readonly definitions: readonly Definition[];
  /** How many records there are. */
  readonly records: number;
  /** The first part warms the compiler. */
  readonly warmUp: number;
  readonly cutEveryMs?: number;
  /** The record at a place. */
  record(number: number): EnrichedRecord;
}

export interface StageOutput {
  /** Records per CPU second of the process, after the warm-up. */
  readonly perCpuS: number;
  readonly cpuUs: number;
  readonly perS: number;
  readonly firings: number;
  readonly notStarted: number;
  readonly proposals: number;
  readonly cuts: number;
  readonly cutMb: number;
}

const compiled = (definitions: readonly Definition[]): CompiledPlaybook => {
  const playbook = compilePlaybook({ version: 'v1', offset: 0, timeScale: 1, definitions });
  if (playbook.faults.length > 0) throw new Error(JSON.stringify(playbook.faults.slice(0, 3)));
  return playbook;
};

const readerOf = (playbook: CompiledPlaybook): PlaybookReader<CompiledPlaybook> => ({
  at: () => playbook,
  readTo: async () => undefined,
  position: 1,
  latest: () => undefined,
  onActivation: () => undefined,
  close: async () => undefined,
});

/** Gives the records as a consumer would, a batch at a time, and stops the clock after the last. */
const feeding =
  (records: readonly IncomingRecord[], reached: (count: number) => void): KafkaPort['consumer'] =>
  async ({ handlers }) => {
    const feed = async (): Promise<void> => {
      await handlers.assigned([{ topic: 'events.enriched', partition: 0 }]);
      for (let from = 0; from < records.length; from += BATCH) {
        const batch = records.slice(from, from + BATCH);
        const later = await handlers.batch(batch, { highWatermark: records.length, heartbeat: async () => undefined });
        if (from + BATCH >= records.length) await later?.acknowledged;
        reached(from + batch.length);
      }
    };
    feed().catch((error: unknown) => handlers.failed(error as Error));
    return { pause: () => undefined, resume: () => undefined, seek: () => undefined, close: async () => undefined };
  };

const logged = (input: StageInput): IncomingRecord[] => {
  const serde = memorySerde();
  return Array.from({ length: input.records }, (_, offset) => ({
    topic: 'events.enriched',
    partition: 0,
    offset,
    logTimeMs: FIRST_MS,
    key: null,
    value: serde.encode('events.enriched', input.record(offset)),
    headers: {},
  }));
};

/**
 * The detector's stage as the service runs it (decoding, fold, outputs encoded, cuts) between logs in memory: what is
 * measured is the work of the detector alone, without a broker and without a socket.
 */
export const runStage = async (input: StageInput): Promise<StageOutput> => {
  const kafka = memoryKafka();
  await kafka.createTopics(TOPICS.map((name) => ({ name, partitions: 1, config: {} })));
  const playbook = compiled(input.definitions);
  const records = logged(input);
  const counts = { firings: 0, notStarted: 0, proposals: 0 };
  const cuts = { count: 0, bytes: 0 };
  let began: { readonly atMs: number; readonly cpu: NodeJS.CpuUsage; readonly records: number } | undefined;
  let output: Pick<StageOutput, 'perCpuS' | 'cpuUs' | 'perS'> | undefined;
  let failed: Error | undefined;
  const reached = (count: number): void => {
    if (began === undefined && count >= input.warmUp) {
      began = { atMs: performance.now(), cpu: process.cpuUsage(), records: count };
    }
    if (count < records.length || began === undefined) return;
    const { user, system } = process.cpuUsage(began.cpu);
    const measured = count - began.records;
    const perCpuS = (measured * 1e6) / (user + system);
    output = { perCpuS, cpuUs: 1e6 / perCpuS, perS: (measured * 1_000) / (performance.now() - began.atMs) };
  };
  const stage = await startStage<DetectState, EnrichedRecord, CompiledPlaybook>({
    kafka: { ...kafka, consumer: feeding(records, reached) },
    serde: memorySerde(),
    processor: detectProcessor,
    groupId: 'detect',
    playbooks: readerOf(playbook),
    hooks: {
      onCut: ({ bytes }) => {
        cuts.count += 1;
        cuts.bytes += bytes;
      },
      onDeadLetter: ({ reason }) => {
        failed = new Error(reason);
      },
    },
    ...(input.cutEveryMs === undefined ? {} : { cutEveryMs: input.cutEveryMs }),
    fail: (error) => {
      failed = error;
    },
  });
  await until('the last record', () => {
    if (failed !== undefined) throw failed;
    return output !== undefined;
  });
  await stage.close();
  if (output === undefined) throw new Error('nothing was measured');
  await countOutputs(kafka, counts);
  return { ...output, ...counts, cuts: cuts.count, cutMb: cuts.bytes / 1e6 };
};

async function countOutputs(
  kafka: KafkaPort,
  counts: { firings: number; notStarted: number; proposals: number },
): Promise<void> {
  const serde = memorySerde();
  const reading = async (topic: TopicName, count: (value: unknown) => void): Promise<void> => {
    const reader = await kafka.read({
      topic,
      partitions: [0],
      onRecords: async (records) => {
        for (const { value } of records) if (value !== null) count(await serde.decode(topic, value));
      },
    });
    await reader.done;
  };
  await reading('triggers.detected', (value) => {
    const { outcome } = value as { readonly outcome: string };
    if (outcome === 'fired') counts.firings += 1;
    else if (outcome === 'notStarted') counts.notStarted += 1;
  });
  await reading('messages.proposed', (value) => {
    if ((value as { readonly proposal: unknown }).proposal !== null) counts.proposals += 1;
  });
}
