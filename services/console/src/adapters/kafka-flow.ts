import type { KafkaPort } from '@kairos/stream-kit';
import type { FlowDrawing, FlowSnapshot, FlowWatch, LivePlaybook, Sample, StageProcess, Timelines } from '../ports.ts';

const EVERY_MS = 1_000;
const HISTORY = 300;
/** Rates are taken over some seconds: a batch of the broker is not a burst of customers. */
const RATE_OVER = 5;

export interface KafkaFlowParts {
  readonly kafka: Pick<KafkaPort, 'offsets' | 'groupOffsets' | 'groupMembers'>;
  /** For the watermark, which metrics knows. */
  readonly timelines: Pick<Timelines, 'get'>;
  readonly playbook: Pick<LivePlaybook, 'current'>;
}

/** Samples end offsets, group lags and the watermark once a second. What cannot be asked leaves the last picture standing. */
export class KafkaFlow implements FlowWatch {
  readonly #drawing: FlowDrawing;
  readonly #kafka: KafkaFlowParts['kafka'];
  readonly #timelines: KafkaFlowParts['timelines'];
  readonly #playbook: KafkaFlowParts['playbook'];
  readonly #samples: Sample[] = [];
  readonly #history: { atMs: number; perSecond: Record<string, number> }[] = [];
  #lags: Record<string, number> = {};
  #processes: Record<string, readonly StageProcess[]> = {};
  #trouble: string | null = null;
  #watermarkMs: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(drawing: FlowDrawing, parts: KafkaFlowParts) {
    this.#drawing = drawing;
    this.#kafka = parts.kafka;
    this.#timelines = parts.timelines;
    this.#playbook = parts.playbook;
  }

  start(): void {
    const round = (): void => {
      this.#running = this.#sample().finally(() => {
        if (this.#timer !== undefined) this.#timer = setTimeout(round, EVERY_MS);
      });
    };
    this.#timer = setTimeout(round, 0);
  }

  /** Why the picture does not move; null while the broker answers. */
  get trouble(): string | null {
    return this.#trouble;
  }

  snapshot(): FlowSnapshot {
    const latest = this.#samples.at(-1) ?? { atMs: Date.now(), ends: {} };
    const rates = this.#drawing.ratesBetween(this.#samples.at(-1 - RATE_OVER) ?? this.#samples[0], latest);
    const playbook = this.#playbook.current();
    return {
      atMs: latest.atMs,
      timeScale: playbook?.timeScale ?? 1,
      playbookVersion: playbook?.version ?? null,
      stages: this.#drawing.stagesOf(rates, latest, { lags: this.#lags, processes: this.#processes }),
      watermark: {
        timeMs: this.#watermarkMs,
        delayMs: this.#watermarkMs === null ? null : Math.max(0, Date.now() - this.#watermarkMs),
      },
      history: this.#history,
    };
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }

  async #sample(): Promise<void> {
    const topics = this.#sampleTopics().then(
      () => {
        this.#trouble = null;
      },
      (error: Error) => {
        this.#trouble = `Kafka does not tell its offsets: ${error.message}`;
      },
    );
    // Without metrics the watermark is unknown; a stale one would look like a standstill of the house.
    const watermark = this.#sampleWatermark().catch(() => {
      this.#watermarkMs = null;
    });
    await Promise.all([topics, watermark]);
  }

  async #sampleWatermark(): Promise<void> {
    const { watermarks } = (await this.#timelines.get('/v1/watermarks')) as {
      watermarks: readonly { timeMs: number }[];
    };
    this.#watermarkMs = watermarks.length === 0 ? null : Math.min(...watermarks.map(({ timeMs }) => timeMs));
  }

  async #sampleTopics(): Promise<void> {
    const topics = [
      ...new Set(this.#drawing.stages.flatMap((plan) => [plan.topic, ...plan.reads.map((read) => read.topic)])),
    ];
    const offsets = new Map(
      await Promise.all(topics.map(async (topic) => [topic, await this.#kafka.offsets(topic)] as const)),
    );
    const ends = Object.fromEntries(
      [...offsets].map(([topic, partitions]) => [topic, sum([...partitions.values()].map(({ end }) => end))]),
    );
    const sample: Sample = { atMs: Date.now(), ends };
    const perSecond = this.#drawing.ratesBetween(this.#samples.at(-1), sample);
    this.#samples.push(sample);
    this.#history.push({ atMs: sample.atMs, perSecond });
    if (this.#samples.length > HISTORY) this.#samples.shift();
    if (this.#history.length > HISTORY) this.#history.shift();
    await Promise.all([this.#sampleLags(offsets), this.#sampleProcesses()]);
  }

  async #sampleProcesses(): Promise<void> {
    const groups = [...new Set(this.#drawing.stages.flatMap((plan) => plan.reads.map(({ group }) => group)))];
    const processes = groups.map(async (group) => {
      const members = await this.#kafka.groupMembers(group);
      const shown = members.map(({ memberId, partitions }) => ({
        name: processName(memberId),
        partitions: partitions.length,
      }));
      return [group, shown.sort((a, b) => (a.name < b.name ? -1 : 1))] as const;
    });
    this.#processes = Object.fromEntries(await Promise.all(processes));
  }

  async #sampleLags(
    offsets: ReadonlyMap<string, ReadonlyMap<number, { readonly start: number; readonly end: number }>>,
  ): Promise<void> {
    const reads = this.#drawing.stages.flatMap((plan) => plan.reads);
    const lags = await Promise.all(
      reads.map(async ({ group, topic }) => {
        const committed = await this.#kafka.groupOffsets(group, topic);
        const partitions = [...(offsets.get(topic) ?? [])];
        return [
          `${group} ${topic}`,
          sum(partitions.map(([partition, { start, end }]) => end - (committed.get(partition) ?? start))),
        ] as const;
      }),
    );
    this.#lags = Object.fromEntries(lags.map(([name, lag]) => [name, Math.max(0, lag)]));
  }
}

/** A member is called after its client, with an id of its own behind it. */
const processName = (memberId: string): string => memberId.replace(/-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, '');

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
