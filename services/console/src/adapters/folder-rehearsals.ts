import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ListedRehearsal, RehearsalReport } from '@kairos/contracts';
import type { Rehearsals } from '../ports.ts';

const ENDING = '.json';
/** The latest that are kept; what was handed in before them goes. */
const KEPT = 100;

/** Reports as files of a folder: the name begins with the time at which the report was made, so names are in order. */
export class FolderRehearsals implements Rehearsals {
  readonly #folder: string;
  readonly #listed = new Map<string, ListedRehearsal>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async list(): Promise<readonly ListedRehearsal[]> {
    const listed = await Promise.all((await this.#ids()).map((id) => this.#listing(id)));
    return listed.flatMap((one) => one ?? []);
  }

  async read(id: string): Promise<RehearsalReport | null> {
    // An id is a file name of the folder and nothing else: no path may leave it.
    if (!/^[\w-]+$/.test(id)) return null;
    const text = await readFile(this.#fileOf(id), 'utf8').catch(() => null);
    return text === null ? null : (JSON.parse(text) as RehearsalReport);
  }

  async keep(report: RehearsalReport): Promise<string> {
    const text = JSON.stringify(report);
    const id = `${report.madeAtMs}-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
    await mkdir(this.#folder, { recursive: true });
    // Whole or not at all, also when two hand in the same.
    const draft = `${this.#fileOf(id)}.${randomUUID()}.draft`;
    await writeFile(draft, text);
    await rename(draft, this.#fileOf(id));
    for (const old of (await this.#ids()).slice(KEPT)) {
      await rm(this.#fileOf(old), { force: true });
      this.#listed.delete(old);
    }
    return id;
  }

  #fileOf(id: string): string {
    return path.join(this.#folder, `${id}${ENDING}`);
  }

  /** Latest first. */
  async #ids(): Promise<string[]> {
    const names = (await readdir(this.#folder).catch(() => [])).filter((name) => name.endsWith(ENDING));
    return names.map((name) => name.slice(0, -ENDING.length)).sort((a, b) => madeAt(b) - madeAt(a) || (a < b ? -1 : 1));
  }

  async #listing(id: string): Promise<ListedRehearsal | null> {
    const known = this.#listed.get(id);
    if (known !== undefined) return known;
    const report = await this.read(id).catch(() => null);
    if (report === null) return null;
    const listed: ListedRehearsal = {
      id,
      name: report.name,
      madeAtMs: report.madeAtMs,
      events: report.events.count,
      from: report.events.from,
      playbooks: report.runs.map(({ playbook }) => playbook),
      chosen: report.runs[0]?.totals.chosen ?? 0,
      different: report.difference?.persons ?? null,
    };
    this.#listed.set(id, listed);
    return listed;
  }
}

const madeAt = (id: string): number => Number.parseInt(id, 10) || 0;
