import { metricNames } from '@kairos/contracts';
import type { Logger, Metrics } from '@kairos/service-kit';
import type { StateMoved, Watch } from '../ports.ts';

/** Counts and logs what partitions tell, without a person's data, and knows which of them wait. */
export class MetricsWatch implements Watch {
  readonly #log: Logger;
  readonly #applied: { add(amount?: number): void };
  readonly #repeats: { add(amount?: number): void };
  readonly #decisions: { add(amount: number, labels: Record<string, string>): void };
  readonly #losses: { add(amount?: number): void };
  readonly #waiting = new Map<number, { readonly reason: string; readonly sinceMs: number }>();

  constructor(metrics: Metrics, log: Logger) {
    this.#log = log;
    const topic = { topic: 'messages.proposed' };
    this.#applied = metrics.counter(metricNames.recordsConsumed, 'Records applied.').with(topic);
    this.#repeats = metrics.counter(metricNames.repeatsDropped, 'Records that had been applied before.').with(topic);
    this.#decisions = metrics.counter(metricNames.decisions, 'Decisions, by fate, code and channel.');
    this.#losses = metrics.counter(metricNames.contactStateLosses, 'Times contact state was behind the log.').with({});
    metrics.gauge(metricNames.contactStateWaiting, 'Partitions that wait for contact state.', () => this.#waiting.size);
  }

  /** Why this instance is not ready; empty when it is. */
  get reasons(): readonly string[] {
    return [...this.#waiting].map(([partition, { reason }]) => `partition ${partition} waits: ${reason}`);
  }

  applied(records: number): void {
    this.#applied.add(records);
  }

  repeats(records: number): void {
    this.#repeats.add(records);
  }

  decided(fate: string, code: string | null, channel: string | null): void {
    this.#decisions.add(1, { fate, code: code ?? '', channel: channel ?? '' });
  }

  lost(about: { readonly partition: number; readonly applied: number; readonly committed: number }): void {
    this.#losses.add();
    this.#log.error(
      about,
      'contact state is behind the log: nothing is decided until it is rebuilt from messages.proposed',
    );
    this.#waiting.set(about.partition, { reason: 'contact state is rebuilt', sinceMs: performance.now() });
  }

  rebuilt(about: { readonly partition: number; readonly records: number }): void {
    this.#waiting.delete(about.partition);
    this.#log.warn(about, 'contact state is rebuilt');
  }

  waiting(partition: number, error: Error | undefined): void {
    const known = this.#waiting.get(partition);
    if (error === undefined) {
      if (known === undefined) return;
      this.#waiting.delete(partition);
      const waitedMs = Math.round(performance.now() - known.sinceMs);
      this.#log.info({ partition, waitedMs }, 'contact state answers again');
      return;
    }
    if (known === undefined) this.#log.error({ partition, reason: error.message }, 'waits for contact state');
    this.#waiting.set(partition, { reason: error.message, sinceMs: known?.sinceMs ?? performance.now() });
  }

  moved(partition: number, error: StateMoved): void {
    this.#log.warn({ partition, reason: error.reason }, error.message);
  }

  failed(partition: number, error: unknown): void {
    this.#log.error({ partition, err: error }, 'a waiting person could not be decided; tried again with the next tick');
  }

  /** A partition that is not ours any more keeps nobody waiting. */
  forget(partition: number): void {
    this.#waiting.delete(partition);
  }
}
