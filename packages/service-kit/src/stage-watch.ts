import { metricNames } from '@kairos/contracts';
import type { Logger } from './logger.ts';
import type { Metrics, Reading } from './metrics.ts';
import { type MeasuredStage, stageHooks } from './stage-hooks.ts';

interface Standing {
  readonly partition: number;
  readonly keys: number;
  readonly timers: number;
  readonly stateBytes: number;
}

/** A running stage of stream-kit, by its shape. */
export interface WatchedStage {
  status(): readonly Standing[];
  /** Partitions that wait for their state; undefined before the first assignment, be it of none. */
  readonly restoring: number | undefined;
}

/** Watches the stages of one process: what they do as metrics, and what keeps the process from being ready. */
export class StageWatch {
  readonly #metrics: Metrics;
  readonly #log: Logger;
  readonly #stages = new Map<string, WatchedStage>();
  readonly #restored = new Map<string, number>();
  #outage: string | undefined;

  constructor(metrics: Metrics, log: Logger) {
    this.#metrics = metrics;
    this.#log = log;
    metrics.gauge(metricNames.stateKeys, 'Keys in memory.', () => this.#read(({ keys }) => keys));
    metrics.gauge(metricNames.stateBytes, 'Bytes of state in the changelog, deflated.', () =>
      this.#read(({ stateBytes }) => stateBytes),
    );
    metrics.gauge(metricNames.timersPending, 'Keys with a timer.', () => this.#read(({ timers }) => timers));
  }

  /** For `startStage({hooks})`. */
  hooks(task: string): MeasuredStage {
    const measured = stageHooks(this.#metrics, task, this.#log);
    return {
      ...measured,
      onBatch: (about) => {
        this.#outage = undefined;
        measured.onBatch(about);
      },
      onRestoring: (about) => {
        if (about.ofRecords > 0) this.#restored.set(task, about.records / about.ofRecords);
        measured.onRestoring(about);
      },
      onOutage: (error) => {
        this.#outage = `${task}: ${error.message}`;
        measured.onOutage(error);
      },
    };
  }

  add(task: string, stage: WatchedStage): void {
    this.#stages.set(task, stage);
  }

  /** Why this process is not ready: its group has not been joined, partitions that wait for their state, a registry that does not answer. */
  get reasons(): readonly string[] {
    const waiting = [...this.#stages].flatMap(([task, { restoring }]) => {
      // Of a topic with fewer partitions than instances nothing may be left for this one: it is told that, too.
      if (restoring === undefined) return [`${task}: waits for its group`];
      if (restoring === 0) return [];
      const share = this.#restored.get(task);
      const sofar = share === undefined ? '' : `, ${Math.floor(share * 100)} % read`;
      return [`${task}: ${restoring} partitions restore${sofar}`];
    });
    return this.#outage === undefined ? waiting : [...waiting, this.#outage];
  }

  #read(read: (standing: Standing) => number): readonly Reading[] {
    return [...this.#stages].flatMap(([task, stage]) =>
      stage.status().map((standing) => ({ value: read(standing), labels: { task, partition: standing.partition } })),
    );
  }
}
