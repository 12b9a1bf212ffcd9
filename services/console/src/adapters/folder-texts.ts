import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Mail, Mailbox, WholeMail } from '../ports.ts';

const ENDING = '.json';
const CACHED = 1_000;
const TITLE_LENGTH = 60;
/** Nothing follows it, so it need not be read again. */
const FINAL = new Set(['delivered', 'undelivered', 'failed']);

/** A text as the local gateway keeps it, as far as it is shown. */
interface StoredText {
  readonly sid: string;
  readonly receivedAtMs: number;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  readonly status: string;
  readonly errorCode: string | null;
}

/** The local SMS gateway's folder: one `.json` file per accepted text. */
export class FolderTexts implements Mailbox {
  readonly #folder: string;
  readonly #cache = new Map<string, StoredText>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async list(limit: number): Promise<readonly Mail[]> {
    const files = (await readdir(this.#folder).catch(() => [])).filter((file) => file.endsWith(ENDING)).sort();
    const ids = files.slice(-limit).map((file) => file.slice(0, -ENDING.length));
    const found = await Promise.all(ids.reverse().map(async (id) => ({ id, text: await this.#open(id) })));
    return found.flatMap(({ id, text }) => (text === null ? [] : [mailOf(id, text)]));
  }

  async read(id: string): Promise<WholeMail | null> {
    const text = await this.#open(id);
    if (text === null) return null;
    const { sid, status, errorCode, body } = text;
    const headers = [
      { name: 'status', value: status },
      ...(errorCode === null ? [] : [{ name: 'error code', value: errorCode }]),
      { name: 'sid', value: sid },
    ];
    return { ...mailOf(id, text), text: body, html: null, headers };
  }

  async #open(id: string): Promise<StoredText | null> {
    // An id is a file name of the folder and nothing else: no path may leave it.
    if (!/^[\w-]+$/.test(id)) return null;
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    try {
      const text = JSON.parse(await readFile(path.join(this.#folder, `${id}${ENDING}`), 'utf8')) as StoredText;
      if (this.#cache.size >= CACHED) this.#cache.clear();
      if (FINAL.has(text.status)) this.#cache.set(id, text);
      return text;
    } catch {
      return null;
    }
  }
}

function mailOf(id: string, { receivedAtMs, from, to, body }: StoredText): Mail {
  const subject = body.length > TITLE_LENGTH ? `${body.slice(0, TITLE_LENGTH)}…` : body;
  return { id, kind: 'sms', receivedAtMs, from, to, subject };
}

/** Mail and texts in one list, latest first; null where there is neither. */
export function joined(boxes: readonly (Mailbox | null)[]): Mailbox | null {
  const present = boxes.filter((box) => box !== null);
  if (present.length === 0) return null;
  return {
    async list(limit) {
      const lists = await Promise.all(present.map((box) => box.list(limit)));
      return lists
        .flat()
        .sort((a, b) => b.receivedAtMs - a.receivedAtMs)
        .slice(0, limit);
    },
    async read(id) {
      for (const box of present) {
        const found = await box.read(id);
        if (found !== null) return found;
      }
      return null;
    },
  };
}
