import { sha1 } from '@noble/hashes/legacy.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * An id made of its causes, in the form of a UUID (version 5: sha1 over namespace and name). The same causes give the
 * same id on every machine, so a replay is recognised. Parts are kept apart by their lengths: ('a', 'bc') and
 * ('ab', 'c') differ.
 */
export function hashId(...parts: readonly string[]): string {
  let name = namespace;
  for (const part of parts) name += `${part.length}:${part};`;
  const bytes = sha1(utf8ToBytes(name)).slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytesToHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

// Part of every id. MUST never change: ids of all stages hang on it.
const namespace = 'kairos/1;';
