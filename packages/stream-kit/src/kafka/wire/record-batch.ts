import type { OutgoingRecord } from '../../ports.ts';
import { BATCH, MAGIC } from './batch-format.ts';
import { crc32c } from './crc32c.ts';

/** Who writes a batch, and as which of its records: an idempotent producer's stamp. */
export interface ProducerStamp {
  /** -1 = not idempotent. */
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
}

/** The most that framing one record may take: five varints, attributes, time delta. */
const RECORD_BOUND = 32;
const HEADER_BOUND = 10;

const sizeOfVarint = (value: number): number => {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  let bytes = 1;
  for (; zigzag > 127; zigzag >>>= 7) bytes += 1;
  return bytes;
};

/** No record takes more than this in a batch. */
const boundOf = ({ key, value, headers }: OutgoingRecord): number => {
  let bytes = RECORD_BOUND + (value?.length ?? 0);
  if (key !== null) bytes += typeof key === 'string' ? key.length * 3 : key.length;
  if (headers === undefined) return bytes;
  for (const name in headers) {
    const held = headers[name];
    bytes += HEADER_BOUND + name.length * 3;
    if (held !== undefined) bytes += typeof held === 'string' ? held.length * 3 : held.length;
  }
  return bytes;
};

/** Below this a loop copies faster than a call into the runtime. */
const SHORT = 80;

// Each of these writes at a place and answers the place after it.

const writeVarint = (into: Buffer, at: number, value: number): number => {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  let next = at;
  for (; zigzag > 127; zigzag >>>= 7) {
    into[next] = (zigzag & 127) | 128;
    next += 1;
  }
  into[next] = zigzag;
  return next + 1;
};

const writeText = (into: Buffer, at: number, text: string): number => {
  const { length } = text;
  if (length <= SHORT) {
    const start = writeVarint(into, at, length);
    let done = 0;
    for (; done < length; done += 1) {
      const code = text.charCodeAt(done);
      if (code > 127) break;
      into[start + done] = code;
    }
    if (done === length) return start + length;
  }
  const start = writeVarint(into, at, Buffer.byteLength(text));
  return start + into.write(text, start, 'utf8');
};

const writeBytes = (into: Buffer, at: number, value: Buffer | string | null): number => {
  if (value === null) return writeVarint(into, at, -1);
  if (typeof value === 'string') return writeText(into, at, value);
  const { length } = value;
  const start = writeVarint(into, at, length);
  if (length > SHORT) into.set(value, start);
  else for (let done = 0; done < length; done += 1) into[start + done] = value[done] as number;
  return start + length;
};

const writeHeaders = (into: Buffer, at: number, headers: OutgoingRecord['headers']): number => {
  if (headers === undefined) return writeVarint(into, at, 0);
  let count = 0;
  for (const _name in headers) count += 1;
  let next = writeVarint(into, at, count);
  for (const name in headers) {
    next = writeText(into, next, name);
    next = writeBytes(into, next, headers[name] ?? null);
  }
  return next;
};

/** Room for the length of a record of 64 to 8,191 bytes, which is nearly every one; another is moved. */
const LENGTH_ROOM = 2;

/** Writes records one after the other. */
class RecordWriter {
  readonly #into: Buffer;
  #at: number;
  #written = 0;

  constructor(into: Buffer, at: number) {
    this.#into = into;
    this.#at = at;
  }

  get end(): number {
    return this.#at;
  }

  add(record: OutgoingRecord): void {
    const into = this.#into;
    const start = this.#at + LENGTH_ROOM;
    // No attributes, and the time of the batch.
    into[start] = 0;
    into[start + 1] = 0;
    let end = writeVarint(into, start + 2, this.#written);
    end = writeBytes(into, end, record.key);
    end = writeBytes(into, end, record.value);
    end = writeHeaders(into, end, record.headers);
    const size = end - start;
    const room = sizeOfVarint(size);
    if (room !== LENGTH_ROOM) into.copyWithin(this.#at + room, start, end);
    writeVarint(into, this.#at, size);
    this.#at += room + size;
    this.#written += 1;
  }
}

/** Records of one partition as one batch of Kafka's format 2, into one stretch of memory. */
export const encodeRecordBatch = (records: readonly OutgoingRecord[], stamp: ProducerStamp, nowMs: number): Buffer => {
  let bound: number = BATCH.records;
  for (const record of records) bound += boundOf(record);
  const buffer = Buffer.allocUnsafe(bound);
  const writer = new RecordWriter(buffer, BATCH.records);
  for (const record of records) writer.add(record);
  const { end } = writer;
  buffer.writeBigInt64BE(0n, BATCH.baseOffset);
  buffer.writeInt32BE(end - BATCH.afterLength, BATCH.length);
  // The leader's epoch is the broker's to say.
  buffer.writeInt32BE(-1, BATCH.leaderEpoch);
  buffer[BATCH.magic] = MAGIC;
  buffer.writeInt16BE(0, BATCH.attributes);
  buffer.writeInt32BE(records.length - 1, BATCH.lastOffsetDelta);
  buffer.writeBigInt64BE(BigInt(nowMs), BATCH.firstTime);
  buffer.writeBigInt64BE(BigInt(nowMs), BATCH.maxTime);
  buffer.writeBigInt64BE(stamp.producerId, BATCH.producerId);
  buffer.writeInt16BE(stamp.producerEpoch, BATCH.producerEpoch);
  buffer.writeInt32BE(stamp.firstSequence, BATCH.firstSequence);
  buffer.writeInt32BE(records.length, BATCH.count);
  buffer.writeUInt32BE(crc32c(buffer, BATCH.attributes, end), BATCH.crc);
  return buffer.subarray(0, end);
};
