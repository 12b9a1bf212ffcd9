import { hash } from 'node:crypto';
import type { Source, WriteKeys } from '../ports.ts';

/** A source with the hash of its key. */
export interface HashedKey extends Source {
  readonly keyHash: string;
}

export const hashWriteKey = (key: string): string => hash('sha256', key, 'base64');

/**
 * Write keys by their SHA-256. Looking up a hash tells nothing by its time: who guesses keys cannot choose hashes.
 */
export function hashedWriteKeys(keys: readonly HashedKey[]): WriteKeys {
  const byHash = new Map<string, Source>(keys.map(({ keyHash, ...source }) => [keyHash, source]));
  return { find: (key) => (key.length > 512 ? undefined : byHash.get(hashWriteKey(key))) };
}
