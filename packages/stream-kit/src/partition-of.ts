const SEED = 0x9747b28c;
const M = 0x5bd1e995;

const mixTail = (data: Uint8Array, hash: number): number => {
  const tail = data.length & ~3;
  let h = hash;
  if (data.length - tail === 3) h ^= (data[tail + 2] ?? 0) << 16;
  if (data.length - tail >= 2) h ^= (data[tail + 1] ?? 0) << 8;
  if (data.length - tail >= 1) h = Math.imul(h ^ (data[tail] ?? 0), M);
  return h;
};

/** Kafka's murmur2 (the Java client's `Utils.murmur2`), as a signed 32-bit number. */
export const murmur2 = (data: Uint8Array): number => {
  let h = SEED ^ data.length;
  for (let at = 0; at + 4 <= data.length; at += 4) {
    const word =
      (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8) | ((data[at + 2] ?? 0) << 16) | ((data[at + 3] ?? 0) << 24);
    let k = Math.imul(word, M);
    k = Math.imul(k ^ (k >>> 24), M);
    h = Math.imul(h, M) ^ k;
  }
  h = mixTail(data, h);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
};

const encoder = new TextEncoder();
/** Keys are short and mostly ASCII: those are hashed without being copied to memory of their own. */
const scratch = Array.from({ length: 129 }, (_none, length) => new Uint8Array(length));

const bytesOf = (key: string): Uint8Array => {
  const bytes = scratch[key.length];
  if (bytes === undefined) return encoder.encode(key);
  for (let at = 0; at < key.length; at += 1) {
    const code = key.charCodeAt(at);
    if (code > 127) return encoder.encode(key);
    bytes[at] = code;
  }
  return bytes;
};

/**
 * The partition of a key, as Java's and kafkajs' default partitioner choose it. The one function for all topics of the
 * walk: partition p of one feeds partition p of the next.
 */
export const partitionOf = (key: string | Uint8Array, count: number): number =>
  (murmur2(typeof key === 'string' ? bytesOf(key) : key) & 0x7fffffff) % count;
