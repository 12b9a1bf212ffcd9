/** Castagnoli's polynomial, reversed. */
const POLYNOMIAL = 0x82f63b78;

/** Eight tables of 256 numbers in one: eight bytes are taken in one step. */
const TABLES = ((): Int32Array => {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    tables[byte] = value;
  }
  for (let at = 256; at < tables.length; at += 1) {
    const before = tables[at - 256] ?? 0;
    tables[at] = (before >>> 8) ^ (tables[before & 255] ?? 0);
  }
  return tables;
})();

/** CRC-32C of a stretch of bytes, as Kafka's record batches carry it (zlib has the other polynomial only). */
export const crc32c = (bytes: Uint8Array, from = 0, to: number = bytes.length): number => {
  const tables = TABLES;
  let crc = -1;
  let at = from;
  for (const last = to - 8; at <= last; at += 8) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    crc =
      (tables[1792 + (crc & 255)] as number) ^
      (tables[1536 + ((crc >>> 8) & 255)] as number) ^
      (tables[1280 + ((crc >>> 16) & 255)] as number) ^
      (tables[1024 + (crc >>> 24)] as number) ^
      (tables[768 + (bytes[at + 4] as number)] as number) ^
      (tables[512 + (bytes[at + 5] as number)] as number) ^
      (tables[256 + (bytes[at + 6] as number)] as number) ^
      (tables[bytes[at + 7] as number] as number);
  }
  for (; at < to; at += 1) crc = (crc >>> 8) ^ (tables[(crc ^ (bytes[at] as number)) & 255] as number);
  return (crc ^ -1) >>> 0;
};
