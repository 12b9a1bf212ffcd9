import { hash } from 'node:crypto';

/**
 * An id made of its causes, in the form of a UUID (version 5: sha1 over namespace and name). The same causes give the
 * same id on every machine, so a replay is recognised. Parts are kept apart by their lengths: ('a', 'bc') and
 * ('ab', 'c') differ.
 */
export function hashId(...parts: readonly string[]): string {
  let name = namespace;
  // Few pieces: each is an object until the whole is read.
  for (const part of parts) name += (LENGTHS[part.length] ?? lengthOf(part)) + part;
  const hex = hash('sha1', `${name};`, 'hex');
  const variant = VARIANTS.charAt(Number.parseInt(hex.charAt(16), 16) & 3);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The digit after the third dash says which kind of UUID it is. */
const VARIANTS = '89ab';

// Part of every id. MUST never change: ids of all stages hang on it.
const namespace = 'kairos/1';

const lengthOf = ({ length }: string | { readonly length: number }): string => `;${length}:`;
/** Of the lengths that parts mostly have. */
const LENGTHS: readonly string[] = Array.from({ length: 256 }, (_, length) => lengthOf({ length }));
