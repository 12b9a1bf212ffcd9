import { type FileHandle, open } from 'node:fs/promises';
import { stringify } from 'csv-stringify/sync';
import { CliError } from '../exit.ts';
import type { Refusal } from './refusal.ts';

const columns = ['file', 'line', 'field', 'value', 'reason', 'remedy'] as const;

/** The refused rows as a CSV file beside the journal. It is made with the first of them. */
export class RefusalReport {
  readonly file: string;
  #handle: FileHandle | null = null;
  #bytes: number;

  /** @param keptBytes what an earlier run has written and journalled; all after it is written again */
  constructor(file: string, keptBytes: number) {
    this.file = file;
    this.#bytes = keptBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  async add(refusals: readonly Refusal[]): Promise<void> {
    if (refusals.length === 0) return;
    this.#handle ??= await this.#open();
    const rows = refusals.map((refusal) => columns.map((column) => refusal[column]));
    // A value that begins like a formula must not run when the report is opened in a spreadsheet.
    const options = { escape_formulas: true, ...(this.#bytes === 0 ? { header: true, columns: [...columns] } : {}) };
    const text = Buffer.from(stringify(rows, options));
    await this.#handle.write(text, 0, text.length, this.#bytes);
    this.#bytes += text.length;
  }

  async #open(): Promise<FileHandle> {
    // Not for appending: what a killed run has written after its last word in the journal is written over.
    const flags = this.#bytes === 0 ? 'w' : 'r+';
    const handle = await open(this.file, flags, 0o600).catch((error: Error) => {
      throw new CliError(`The report can not be written: ${error.message}. Name another place with --report.`);
    });
    await handle.truncate(this.#bytes);
    return handle;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }
}
