import { metricNames } from '@kairos/contracts';
import type { Logger, Metrics, Reading } from '@kairos/service-kit';
import type { StageHandle, StageHooks, TaskStatus } from '@kairos/stream-kit';

/** The group was joined before a stage is watched, so its first partitions come at once. */
const SETTLE_MS = 2_000;

/** Counts what the stages of this process do, and shows how far each has come. */
export class StageMetrics {
  readonly #metrics: Metrics;
  readonly #log: Logger;
  readonly #stages = new Map<string, { readonly stage: StageHandle; readonly addedMs: number }>();
  #outage: string | undefined;

  constructor(metrics: Metrics, log: Logger) {
    this.#metrics = metrics;
    this.#log = log;
    this.#gauge(metricNames.taskLag, 'Records behind the end of the partition.', ({ lag }) => lag);
    this.#gauge(metricNames.stateKeys, 'Keys in memory.', ({ keys }) => keys);
    this.#gauge(metricNames.timersPending, 'Keys with a timer.', ({ timers }) => timers);
    metrics.gauge(metricNames.watermarkDelaySeconds, 'How far the watermark is behind the clock.', () =>
      this.#read(({ timeMs }) => (timeMs < 0 ? undefined : Math.max(0, (Date.now() - timeMs) / 1000))),
    );
  }

  /** Why this process is not ready: partitions that wait for their state, a registry that does not answer. */
  get reasons(): readonly string[] {
    const waiting = [...this.#stages].flatMap(([task, { stage, addedMs }]) => {
      const { restoring } = stage;
      // Of a topic with fewer partitions than instances nothing may be left for this one: that is no fault.
      if (restoring === undefined) return Date.now() - addedMs < SETTLE_MS ? [`${task}: waits for partitions`] : [];
      return restoring === 0 ? [] : [`${task}: ${restoring} partitions restore`];
    });
    return this.#outage === undefined ? waiting : [...waiting, this.#outage];
  }

  /** Watches a stage from here on. */
  add(task: string, stage: StageHandle): void {
    this.#stages.set(task, { stage, addedMs: Date.now() });
  }

  hooks(task: string): StageHooks {
    const consumed = this.#metrics.counter(metricNames.recordsConsumed, 'Records read.');
    const repeats = this.#metrics
      .counter(metricNames.repeatsDropped, 'Repeats dropped by their origin.')
      .with({ task });
    const produced = this.#metrics.counter(metricNames.recordsProduced, 'Records written and acknowledged.');
    const dead = this.#metrics.counter(metricNames.deadLetters, 'Records that went to the dead letters.');
    const seconds = this.#metrics.histogram(metricNames.stepSeconds, 'Time of one step.');
    const cuts = this.#metrics.counter(metricNames.cuts, 'Cuts written to the changelog.').with({ task });
    const byOutcome = new Map<string, { add(amount?: number): void }>();
    return {
      onRecord: ({ topic, outcome, seconds: took }) => {
        let counter = byOutcome.get(outcome);
        if (counter === undefined) {
          counter = consumed.with({ task, topic, outcome });
          byOutcome.set(outcome, counter);
        }
        counter.add();
        if (outcome === 'repeat') repeats.add();
        seconds.record(took, { task });
        this.#outage = undefined;
      },
      onProduced: ({ topic, count }) => produced.add(count, { task, topic }),
      onDeadLetter: ({ topic, partition, offset, code, reason }) => {
        dead.add(1, { task, topic, code });
        this.#log.error({ task, topic, partition, offset, code, reason }, 'a record went to the dead letters');
      },
      onFailedTimer: ({ partition, error }) =>
        this.#log.error({ task, partition, problem: String(error) }, 'a timer failed; it stays due'),
      onCut: () => cuts.add(),
      onOutage: (error) => {
        this.#outage = `${task}: ${error.message}`;
      },
    };
  }

  #gauge(name: string, help: string, read: (status: TaskStatus) => number): void {
    this.#metrics.gauge(name, help, () => this.#read(read));
  }

  #read(read: (status: TaskStatus) => number | undefined): readonly Reading[] {
    return [...this.#stages].flatMap(([task, { stage }]) =>
      stage.status().flatMap((status) => {
        const value = read(status);
        return value === undefined ? [] : [{ value, labels: { task, partition: status.partition } }];
      }),
    );
  }
}
