import type { ChannelAdapter, Ledger, PendingReport } from '../ports.ts';
import { type Chosen, claimChosen } from './claimer.ts';
import { Lane } from './lane.ts';
import type { LaneOptions } from './lane-options.ts';
import type { Patiently } from './patience.ts';
import { Reporter } from './reporter.ts';

/** A ledger that wants signs of life. */
export interface BeatingLedger extends Ledger {
  beat(): Promise<void>;
  readonly leaseMs: number;
}

export interface DispatcherOptions
  extends Pick<LaneOptions, 'playbooks' | 'decisions' | 'viewOf' | 'traced' | 'answered' | 'pollMs' | 'queueMax'> {
  readonly ledger: BeatingLedger;
  readonly channels: readonly ChannelAdapter[];
  readonly patiently: Patiently;
  nowMs(): number;
  /** Writes reports to messages.reported. */
  write(reports: readonly PendingReport[]): Promise<void>;
  /** A report is on the log. */
  reported(report: PendingReport['report']): void;
  repeated(count: number): void;
  unknownChannel(channel: string): void;
  takeBackFailed(error: unknown): void;
  failed(error: unknown): void;
}

/** Everything between the record and the report: claim, one lane per channel, reports. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #reporter: Reporter;
  readonly lanes: ReadonlyMap<string, Lane>;
  #timers: NodeJS.Timeout[] = [];

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const { ledger, patiently, write, reported, failed } = options;
    this.#reporter = new Reporter({ ledger, patiently, write, reported, failed });
    const settled: LaneOptions['settled'] = (report, traceparent) => this.#reporter.add({ report, traceparent });
    this.lanes = new Map(
      options.channels.map((channel) => [channel.spec.name, new Lane({ ...options, channel, settled })]),
    );
  }

  async start(): Promise<void> {
    const { ledger, patiently, failed } = this.#options;
    await patiently(async () => await ledger.signOn());
    await this.#reporter.sweep();
    for (const lane of this.lanes.values()) lane.start();
    const beat = () => {
      // A store that is away has no use for a sign of life; the next one will do.
      ledger.beat().catch(() => {});
    };
    const sweep = () => {
      this.#reporter.sweep().catch(failed);
    };
    this.#timers = [setInterval(beat, ledger.leaseMs / 4).unref(), setInterval(sweep, ledger.leaseMs).unref()];
  }

  /** Resolves when the ledger holds all of it durably. */
  async claim(chosen: readonly Chosen[]): Promise<void> {
    const { ledger, channels, repeated, unknownChannel, takeBackFailed } = this.#options;
    await claimChosen(chosen, { ledger, channels, repeated, unknownChannel, takeBackFailed, lanes: this.lanes });
  }

  /** Calls under way end, their reports reach the log; what waits stays in the ledger for whoever comes next. */
  async stop(graceMs = 10_000): Promise<void> {
    const { ledger, channels } = this.#options;
    try {
      await Promise.all([...this.lanes.values()].map(async (lane) => await lane.stop(graceMs)));
      await this.#reporter.idle();
    } finally {
      for (const timer of this.#timers) clearInterval(timer);
    }
    await ledger.signOff().catch(() => {});
    await Promise.all(channels.map(async (channel) => await channel.close()));
  }
}
