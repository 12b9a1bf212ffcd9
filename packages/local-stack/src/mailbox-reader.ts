import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import PostalMime, { type Email } from 'postal-mime';

export interface StoredMessage {
  /** Sorts by arrival. */
  readonly file: string;
  /** The recipients of the envelope: whom it was delivered to, whatever its `To:` says. */
  readonly deliveredTo: readonly string[];
  readonly parsed: Email;
}

/** The messages of a mailbox folder, oldest first. */
export async function readMailbox(dir: string): Promise<StoredMessage[]> {
  if (!existsSync(dir)) return [];
  const files = readdirSync(dir).filter((file) => file.endsWith('.eml') && !file.startsWith('.'));
  return await Promise.all(
    files.sort().map(async (file) => {
      const parsed = await PostalMime.parse(readFileSync(join(dir, file)));
      const deliveredTo = parsed.headers.filter(({ key }) => key === 'delivered-to').map(({ value }) => value);
      return { file, deliveredTo, parsed };
    }),
  );
}
