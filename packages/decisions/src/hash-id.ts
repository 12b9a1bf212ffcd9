import { hash } from 'node:crypto';

/**
 * An id made of its causes, in the form of a UUID (version 5: sha1 over namespace and name). The same causes give the
 * same id on every machine, so a replay is recognised. Parts are kept apart by their lengths: ('a', 'bc') and
 * ('ab', 'c') differ.
 */
export function hashId(...parts: readonly string[]): string {
  let name = namespace;
  for (const part of parts) name += `${part.length}:${part};`;
  const digest = hash('sha1', name, 'binary');
  for (let byte = 0; byte < PLACES.length; byte += 1) {
    const value = digest.charCodeAt(byte);
    const at = PLACES[byte] as number;
    text[at] = DIGITS[value >> 4] as number;
    text[at + 1] = DIGITS[value & 15] as number;
  }
  text[VERSION_AT] = DIGITS[5] as number;
  text[VARIANT_AT] = DIGITS[8 | ((digest.charCodeAt(8) >> 4) & 3)] as number;
  return text.toString('latin1');
}

// Part of every id. MUST never change: ids of all stages hang on it.
const namespace = 'kairos/1;';

const DIGITS = Buffer.from('0123456789abcdef', 'latin1');
/** Where the two digits of each byte stand. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const [VERSION_AT, VARIANT_AT] = [14, 19];
/** Written anew for each id: one flat text costs less than seven pieces of one. */
const text = Buffer.from('00000000-0000-0000-0000-000000000000', 'latin1');
