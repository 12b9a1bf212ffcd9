import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import PostalMime, { type Email } from 'postal-mime';
import type { Mail, Mailbox, WholeMail } from '../ports.ts';

const ENDING = '.eml';
const CACHED = 1_000;

/** The local stack's mailbox: one `.eml` file per accepted message. */
export class FolderMailbox implements Mailbox {
  readonly #folder: string;
  readonly #cache = new Map<string, { readonly mail: Mail; readonly email: Email }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async list(limit: number): Promise<readonly Mail[]> {
    const files = (await readdir(this.#folder).catch(() => [])).filter((file) => file.endsWith(ENDING)).sort();
    const latest = files.slice(-limit).reverse();
    const mails = await Promise.all(latest.map((file) => this.#open(file.slice(0, -ENDING.length))));
    return mails.flatMap((found) => (found === null ? [] : [found.mail]));
  }

  async read(id: string): Promise<WholeMail | null> {
    const found = await this.#open(id);
    if (found === null) return null;
    const { mail, email } = found;
    return {
      ...mail,
      text: email.text ?? '',
      html: email.html ?? null,
      headers: email.headers.map(({ key, value }) => ({ name: key, value })),
    };
  }

  async #open(id: string): Promise<{ readonly mail: Mail; readonly email: Email } | null> {
    // An id is a file name of the folder and nothing else: no path may leave it.
    if (!/^[\w.@+-]+$/.test(id)) return null;
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    const file = path.join(this.#folder, `${id}${ENDING}`);
    try {
      const [bytes, { mtimeMs }] = await Promise.all([readFile(file), stat(file)]);
      const email = await PostalMime.parse(bytes);
      const mail: Mail = {
        id,
        kind: 'mail',
        receivedAtMs: Math.round(mtimeMs),
        from: email.from?.address ?? '',
        to: (email.to ?? []).map((address) => address.address ?? '').join(', '),
        subject: email.subject ?? '(no subject)',
      };
      if (this.#cache.size >= CACHED) this.#cache.clear();
      const opened = { mail, email };
      this.#cache.set(id, opened);
      return opened;
    } catch {
      return null;
    }
  }
}
