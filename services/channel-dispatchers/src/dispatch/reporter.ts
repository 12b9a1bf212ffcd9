import type { MessageReported } from '@kairos/contracts';
import type { Ledger, PendingReport } from '../ports.ts';
import { Gatherer, type Patiently } from './patience.ts';

export interface ReporterOptions {
  readonly ledger: Ledger;
  readonly patiently: Patiently;
  /** Writes reports to the log; resolved = acknowledged. A rejection means that nobody knows. */
  write(reports: readonly PendingReport[]): Promise<void>;
  reported(report: MessageReported): void;
  /** Nobody knows what is on the log: the process ends itself and repeats the reports, under the same ids, after its restart. */
  failed(error: unknown): void;
}

const LEFT_BEHIND = 500;

/** Brings settlements onto the log and notes that they are there. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #log: Gatherer<PendingReport, undefined>;
  /** Candidates whose report is on its way. */
  readonly #held = new Set<string>();

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#log = new Gatherer(async (reports) => await this.#write(reports), 500);
  }

  add(pending: PendingReport): void {
    this.#held.add(pending.report.candidateId);
    this.#log.add(pending).catch((error: unknown) => this.#options.failed(error));
  }

  /** Reports that an earlier life, or a worker that is gone, has left. */
  async sweep(): Promise<number> {
    const { ledger, patiently } = this.#options;
    const left = await patiently(async () => await ledger.unreported(LEFT_BEHIND, [...this.#held]));
    for (const pending of left) this.add(pending);
    await this.idle();
    return left.length;
  }

  async idle(): Promise<void> {
    await this.#log.idle();
  }

  async #write(reports: readonly PendingReport[]): Promise<undefined[]> {
    const { ledger, patiently, write, reported } = this.#options;
    await write(reports);
    await patiently(async () => await ledger.markReported(reports.map(({ report }) => report.candidateId)));
    for (const { report } of reports) {
      this.#held.delete(report.candidateId);
      reported(report);
    }
    return reports.map(() => undefined);
  }
}
