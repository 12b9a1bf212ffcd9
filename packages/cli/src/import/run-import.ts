import type { CollectorClient } from '../house/send.ts';
import { begin, type Journal, type Progress } from './journal.ts';
import { type Item, type ItemsInput, readItems } from './read-items.ts';
import type { Refusal } from './refusal.ts';
import { RefusalReport } from './report.ts';
import { sendWindow } from './send-window.ts';

/** Items that are under way at once. A run that is killed sends at most twice as many again. */
const WINDOW = 1_000;

export interface RunOptions {
  readonly items: ItemsInput;
  readonly fingerprint: string;
  /** Null: nothing is sent and nothing is written. */
  readonly client: CollectorClient | null;
  readonly journal: Journal;
  readonly reportFile: string;
  readonly fromStart: boolean;
  onProgress(said: { readonly rows: number; readonly items: number; readonly refused: number }): void;
}

export interface ImportOutcome {
  /** Rows of the files; where several make an event, more than events. */
  readonly rows: number;
  readonly skipped: number;
  /** Events of the files by name; in a dry run what would be sent. */
  readonly events: Readonly<Record<string, number>>;
  /** Acknowledged by the collector, in this run and those that it continues. */
  readonly sent: number;
  /** Refused, in this run and those that it continues. */
  readonly refused: number;
  readonly reasons: Readonly<Record<string, number>>;
  /** Items that an earlier run had done already. */
  readonly continuedAfter: number;
  readonly firstRefusals: readonly Refusal[];
}

const FIRST = 5;

/** One import: reads, sends, reports and keeps the journal. */
export async function runImport(options: RunOptions): Promise<ImportOutcome> {
  const run = await ImportRun.open(options);
  try {
    return await run.all();
  } finally {
    await run.close();
  }
}

class ImportRun {
  readonly #options: RunOptions;
  readonly #report: RefusalReport;
  readonly #continuedAfter: number;
  readonly #events: Record<string, number> = {};
  readonly #firstRefusals: Refusal[] = [];
  #progress: Progress;

  static async open(options: RunOptions): Promise<ImportRun> {
    const { client, journal, fingerprint, fromStart } = options;
    const earlier = client === null || fromStart ? null : await journal.read();
    const isSame = earlier !== null && earlier.fingerprint === fingerprint;
    return new ImportRun(options, isSame ? earlier : begin(fingerprint));
  }

  constructor(options: RunOptions, progress: Progress) {
    this.#options = options;
    this.#progress = progress;
    this.#continuedAfter = progress.items;
    this.#report = new RefusalReport(options.reportFile, progress.reportBytes);
  }

  async all(): Promise<ImportOutcome> {
    const { items: input } = this.#options;
    let toPass = this.#continuedAfter;
    let window: Item[] = [];
    let underWay: Promise<void> = Promise.resolve();
    const hand = async (): Promise<void> => {
      const full = window;
      window = [];
      // The next window is read while this one is sent; never more than two are held.
      await underWay;
      underWay = this.#settle(full);
      underWay.catch(() => undefined);
    };
    for await (const piece of readItems(input)) {
      for (const item of piece) {
        if ('call' in item) this.#events[item.call.event] = (this.#events[item.call.event] ?? 0) + 1;
        if (toPass > 0) toPass -= 1;
        else if (window.push(item) >= WINDOW) await hand();
      }
    }
    await hand();
    await underWay;
    await this.#write({ finished: true });
    return this.#outcome();
  }

  async #settle(window: readonly Item[]): Promise<void> {
    const { client, onProgress, items } = this.#options;
    const calls = window.flatMap((item) => ('call' in item ? [item] : []));
    const own = window.flatMap((item) => ('refusal' in item ? [item.refusal] : []));
    const theirs = client === null || calls.length === 0 ? [] : await sendWindow(client, calls);
    const refusals = [...own, ...theirs];
    this.#firstRefusals.push(...refusals.slice(0, FIRST - this.#firstRefusals.length));
    if (client !== null) await this.#report.add(refusals);
    const reasons = { ...this.#progress.reasons };
    for (const { reason } of refusals) reasons[reason] = (reasons[reason] ?? 0) + 1;
    await this.#write({
      items: this.#progress.items + window.length,
      sent: this.#progress.sent + (client === null ? 0 : calls.length - theirs.length),
      refused: this.#progress.refused + refusals.length,
      reasons,
      reportBytes: this.#report.bytes,
    });
    onProgress({ rows: items.counts.rows, items: this.#progress.items, refused: this.#progress.refused });
  }

  async #write(change: Partial<Progress>): Promise<void> {
    this.#progress = { ...this.#progress, ...change };
    if (this.#options.client !== null) await this.#options.journal.write(this.#progress);
  }

  #outcome(): ImportOutcome {
    const { sent, refused, reasons } = this.#progress;
    const { rows, skipped } = this.#options.items.counts;
    return {
      rows,
      skipped,
      events: this.#events,
      sent,
      refused,
      reasons,
      continuedAfter: this.#continuedAfter,
      firstRefusals: this.#firstRefusals,
    };
  }

  close(): Promise<void> {
    return this.#report.close();
  }
}
