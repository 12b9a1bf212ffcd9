import kafkajs from 'kafkajs';
import type { IncomingRecord } from '../../ports.ts';
import { BATCH, MAGIC } from './batch-format.ts';

const NO_HEADERS: Readonly<Record<string, Buffer>> = Object.freeze({});

/** Reads varints; `at` moves. One for all: reading is synchronous. */
const cursor = {
  bytes: Buffer.alloc(0) as Buffer,
  at: 0,
  varint(): number {
    const { bytes } = this;
    let byte = bytes[this.at] as number;
    this.at += 1;
    if (byte < 128) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 127;
    let shift = 7;
    do {
      byte = bytes[this.at] as number;
      this.at += 1;
      value |= (byte & 127) << shift;
      shift += 7;
    } while (byte > 127);
    return (value >>> 1) ^ -(value & 1);
  },
  /** As far as a number is exact: enough for a difference of times. */
  varlong(): number {
    let value = 0;
    let factor = 1;
    let byte: number;
    do {
      byte = this.bytes[this.at] as number;
      this.at += 1;
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte > 127);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  },
};

const slice = (bytes: Buffer, at: number, length: number): Buffer | null =>
  length < 0 ? null : bytes.subarray(at, at + length);

/** The headers that were read last. A stage writes the same ones over and over: they are compared instead of read. */
let last = { bytes: Buffer.alloc(0) as Buffer, from: 0, to: 0, headers: NO_HEADERS };

const isLast = (bytes: Buffer, at: number): boolean => {
  const { bytes: known, from, to } = last;
  if (to === from || at + to - from > bytes.length) return false;
  for (let index = from; index < to; index += 1) if (known[index] !== bytes[at + index - from]) return false;
  return true;
};

const readHeaders = (bytes: Buffer, at: number): Readonly<Record<string, Buffer>> => {
  if (isLast(bytes, at)) return last.headers;
  cursor.bytes = bytes;
  cursor.at = at;
  const count = cursor.varint();
  if (count === 0) return NO_HEADERS;
  const headers: Record<string, Buffer> = {};
  for (let done = 0; done < count; done += 1) {
    const nameLength = cursor.varint();
    const name = bytes.toString('utf8', cursor.at, cursor.at + nameLength);
    cursor.at += nameLength;
    const valueLength = cursor.varint();
    // A header that comes twice: the last one counts, as in Java's `lastHeader`.
    if (valueLength >= 0) {
      headers[name] = bytes.subarray(cursor.at, cursor.at + valueLength);
      cursor.at += valueLength;
    }
  }
  last = { bytes, from: at, to: cursor.at, headers };
  return headers;
};

/** A record over the bytes that were fetched: key and headers are cut out when somebody asks for them. */
class WireRecord implements IncomingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly logTimeMs: number;
  readonly value: Buffer | null;
  readonly #bytes: Buffer;
  readonly #keyAt: number;
  readonly #keyLength: number;
  readonly #headersAt: number;
  #headers: Readonly<Record<string, Buffer>> | undefined;

  /** Reads where the cursor stands: after the length of the record. */
  constructor(batch: BatchHead) {
    // Attributes of a record are not used.
    cursor.at += 1;
    const timeMs = cursor.varlong();
    this.topic = batch.topic;
    this.partition = batch.partition;
    this.logTimeMs = batch.appendTimeMs ?? batch.firstTimeMs + timeMs;
    this.offset = batch.baseOffset + cursor.varint();
    this.#bytes = cursor.bytes;
    this.#keyLength = cursor.varint();
    this.#keyAt = cursor.at;
    if (this.#keyLength > 0) cursor.at += this.#keyLength;
    const length = cursor.varint();
    this.value = slice(cursor.bytes, cursor.at, length);
    this.#headersAt = length > 0 ? cursor.at + length : cursor.at;
  }

  get key(): Buffer | null {
    return slice(this.#bytes, this.#keyAt, this.#keyLength);
  }

  get headers(): Readonly<Record<string, Buffer>> {
    this.#headers ??= readHeaders(this.#bytes, this.#headersAt);
    return this.#headers;
  }
}

interface BatchHead {
  readonly topic: string;
  readonly partition: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly attributes: number;
  readonly firstTimeMs: number;
  /** Set when the topic's time is the broker's. */
  readonly appendTimeMs: number | undefined;
  readonly producerId: bigint;
  readonly count: number;
}

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/**
 * A batch of records as it was fetched. Its records are made when they are asked for, each time anew: what waits in a queue
 * is then a stretch of memory, and not thousands of objects that the garbage collector copies before anybody looks at them.
 */
export class FetchedBatch {
  readonly count: number;
  /** Offset after its last record. */
  readonly nextOffset: number;
  readonly #head: BatchHead;
  readonly #bytes: Buffer;

  constructor(head: BatchHead, bytes: Buffer) {
    this.count = head.count;
    this.nextOffset = head.lastOffset + 1;
    this.#head = head;
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes.length + 64 * this.count;
  }

  /** Its records from an offset on, added to a list. */
  readInto(records: IncomingRecord[], from: number): void {
    readRecords(this.#head, this.#bytes, (record) => {
      if (record.offset >= from) records.push(record);
    });
  }
}

/** Records of one partition out of one fetch. */
export interface FetchedRecords {
  readonly batches: readonly FetchedBatch[];
  /** Offset after the last that was passed, be it a record, a marker or what was aborted; -1 = nothing came. */
  readonly nextOffset: number;
}

/** The records of batches, from an offset on. */
export const recordsOf = (batches: Iterable<FetchedBatch>, from: number): readonly IncomingRecord[] => {
  const records: IncomingRecord[] = [];
  for (const batch of batches) batch.readInto(records, from);
  return records;
};

const CODEC = 0x07;
const APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
/** Second half of the key of a marker: 0 = abort. */
const isAbort = (key: Buffer | null): boolean => key !== null && key.length >= 4 && key.readInt16BE(2) === 0;

const int64 = (bytes: Buffer, at: number): number => bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);

const readHead = (
  bytes: Buffer,
  at: number,
  where: { readonly topic: string; readonly partition: number },
): BatchHead => {
  const magic = bytes[at + BATCH.magic];
  if (magic !== MAGIC) {
    throw new Error(`${where.topic}/${where.partition} holds messages of format ${magic}: older than Kafka 0.11`);
  }
  const baseOffset = int64(bytes, at + BATCH.baseOffset);
  const attributes = bytes.readInt16BE(at + BATCH.attributes);
  return {
    topic: where.topic,
    partition: where.partition,
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(at + BATCH.lastOffsetDelta),
    attributes,
    firstTimeMs: int64(bytes, at + BATCH.firstTime),
    appendTimeMs: (attributes & APPEND_TIME) === 0 ? undefined : int64(bytes, at + BATCH.maxTime),
    producerId: bytes.readBigInt64BE(at + BATCH.producerId),
    count: bytes.readInt32BE(at + BATCH.count),
  };
};

const readRecords = (head: BatchHead, bytes: Buffer, see: (record: IncomingRecord) => void): void => {
  let at = 0;
  for (let done = 0; done < head.count; done += 1) {
    // Whoever sees a record may ask for its headers, which moves the cursor.
    cursor.bytes = bytes;
    cursor.at = at;
    const length = cursor.varint();
    at = cursor.at + length;
    see(new WireRecord(head));
  }
};

const inflate = async (bytes: Buffer, codec: number): Promise<Buffer> => {
  const codecs: Readonly<Record<number, (() => { decompress(bytes: Buffer): Promise<Buffer> }) | undefined>> =
    kafkajs.CompressionCodecs;
  const found = codecs[codec];
  if (found === undefined) throw new Error(`nobody here reads compression ${codec}`);
  return found().decompress(bytes);
};

/** Reads the batches of one partition as they were fetched; the last may be cut off. Leaves out markers and what was aborted. */
export const readFetched = async (
  bytes: Buffer,
  where: { readonly topic: string; readonly partition: number },
  aborted: readonly AbortedTransaction[],
): Promise<FetchedRecords> => {
  const batches: FetchedBatch[] = [];
  const waiting = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const gone = new Set<bigint>();
  let nextOffset = -1;
  for (let at = 0; at + BATCH.records <= bytes.length; ) {
    const end = at + BATCH.afterLength + bytes.readInt32BE(at + BATCH.length);
    if (end > bytes.length) break;
    const head = readHead(bytes, at, where);
    const raw = bytes.subarray(at + BATCH.records, end);
    at = end;
    nextOffset = head.lastOffset + 1;
    for (let [first] = waiting; first !== undefined && first.firstOffset <= head.lastOffset; [first] = waiting) {
      gone.add(first.producerId);
      waiting.shift();
    }
    if ((head.attributes & TRANSACTIONAL) !== 0 && (head.attributes & CONTROL) === 0 && gone.has(head.producerId))
      continue;
    const codec = head.attributes & CODEC;
    const plain = codec === 0 ? raw : await inflate(raw, codec);
    if ((head.attributes & CONTROL) !== 0) {
      readRecords(head, plain, ({ key }) => {
        if (isAbort(key)) gone.delete(head.producerId);
      });
      continue;
    }
    batches.push(new FetchedBatch(head, plain));
  }
  return { batches, nextOffset };
};
