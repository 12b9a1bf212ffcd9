import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const logBytesOf = (folder: string): number => {
  let bytes = 0;
  try {
    for (const name of readdirSync(folder)) if (name.endsWith('.log')) bytes += statSync(join(folder, name)).size;
  } catch {
    // Compaction replaces files while we look; the next look finds the new ones.
  }
  return bytes;
};

/**
 * Bytes that were appended to changelogs, batches and all: every growth of their files on the broker's disk is added up, so
 * that compaction takes nothing away.
 */
export class ChangelogMeter {
  readonly #logDir: string;
  readonly #known = new Map<string, number>();
  #bytes = 0;
  readonly #timer: NodeJS.Timeout | undefined;

  /** `home`: the home of the stack. A broker in a container shows us no files. */
  constructor(home: string) {
    this.#logDir = join(home, 'data/kafka/log');
    if (!existsSync(this.#logDir)) return;
    this.#look();
    this.#bytes = 0;
    this.#timer = setInterval(() => this.#look(), 500);
  }

  /** Ends the watch; undefined where the files cannot be seen. */
  stop(): number | undefined {
    if (this.#timer === undefined) return undefined;
    clearInterval(this.#timer);
    this.#look();
    return this.#bytes;
  }

  #look(): void {
    for (const name of readdirSync(this.#logDir)) {
      if (!/changelog-\d+$/.test(name)) continue;
      const bytes = logBytesOf(join(this.#logDir, name));
      this.#bytes += Math.max(0, bytes - (this.#known.get(name) ?? 0));
      this.#known.set(name, bytes);
    }
  }
}
