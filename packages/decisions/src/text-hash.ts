/** FNV-1a over code units, 32 bits without a sign: only to pass over what is not meant, for two texts may have the same. */
export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
