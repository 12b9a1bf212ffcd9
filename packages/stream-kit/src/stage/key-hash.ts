/** Of a key's bytes. It lies in the parts of cuts beside the key: to change it is to change their form. */
export const hashOf = (bytes: Uint8Array, from: number, to: number): number => {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  // FNV's low bits alone are poor.
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) | 0;
};
