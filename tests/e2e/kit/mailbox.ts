import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import PostalMime, { type Email } from 'postal-mime';
import { readHouse } from './house.ts';

/** Envelope recipients by file: a mailbox of thousands is asked again and again. */
const recipients = new Map<string, string>();

/** Mails of the house that were delivered to an address, oldest first. */
export async function mailsTo(address: string): Promise<Email[]> {
  const folder = readHouse().mailboxDir;
  if (folder === undefined) throw new Error('the house has no mailbox');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.eml')).sort();
  const found: Email[] = [];
  for (const file of files) {
    const known = recipients.get(file);
    if (known !== undefined && known !== address) continue;
    const bytes = await readFile(path.join(folder, file));
    const to = /^delivered-to:\s*(\S+)/im.exec(bytes.toString('latin1'))?.[1] ?? '';
    recipients.set(file, to);
    if (to === address) found.push(await PostalMime.parse(bytes));
  }
  return found;
}

export const headerOf = (mail: Email, name: string): string | undefined =>
  mail.headers.find(({ key }) => key === name)?.value;
