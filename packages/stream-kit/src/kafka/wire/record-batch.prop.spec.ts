import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { OutgoingRecord } from '../../ports.ts';
import { crc32c } from './crc32c.ts';
import { encodeRecordBatch } from './record-batch.ts';
import { readFetched, recordsOf } from './record-reader.ts';

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder');
const decodeBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder');
const slowCrc = require('kafkajs/src/protocol/recordBatch/crc32C');

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const long = fc.integer({ min: 0, max: 9_000 }).map((length) => Buffer.alloc(length, 65));
const held = fc.oneof(bytes, long, fc.string({ unit: 'binary', maxLength: 100 }), fc.string({ maxLength: 150 }));
// kafkajs' decoder takes `constructor` for a header that came before.
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((one) => !(one in {}));
const record = fc.record({
  topic: fc.constant('t'),
  key: fc.oneof(fc.constant(null), held),
  value: fc.oneof(fc.constant(null), bytes, long),
  headers: fc.option(fc.dictionary(name, held, { maxKeys: 4 }), {
    nil: undefined,
  }),
});

const same = (read: Buffer | null, given: Buffer | string | null): boolean =>
  read === null || given === null ? read === given : read.equals(Buffer.from(given as string));

describe('a record batch', () => {
  it('is read by another implementation as it was given', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 12 }),
        fc.record({
          producerId: fc.bigInt({ min: -1n, max: 2n ** 62n }),
          producerEpoch: fc.integer({ min: -1, max: 32_767 }),
          firstSequence: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
        }),
        async (given, stamp) => {
          const records = given as unknown as OutgoingRecord[];
          const encoded = encodeRecordBatch(records, stamp, 1_700_000_000_123);
          expect(encoded.readUInt32BE(17)).toBe(slowCrc(encoded.subarray(21)));
          const decoded = await decodeBatch(new Decoder(encoded));
          expect([decoded.producerId, decoded.producerEpoch, decoded.firstSequence]).toEqual([
            String(stamp.producerId),
            stamp.producerEpoch,
            stamp.firstSequence,
          ]);
          expect(decoded.lastOffsetDelta).toBe(records.length - 1);
          expect(decoded.records.length).toBe(records.length);
          records.forEach(({ key, value, headers = {} }, at) => {
            const read = decoded.records[at];
            expect([read.offset, read.timestamp]).toEqual([String(at), '1700000000123']);
            expect([same(read.key, key), same(read.value, value)]).toEqual([true, true]);
            expect(Object.keys(read.headers).sort()).toEqual(Object.keys(headers).sort());
            for (const [name, one] of Object.entries(headers)) expect(same(read.headers[name], one)).toBe(true);
          });
        },
      ),
      { numRuns: 200 },
    );
  }, 60_000);

  it('is read back by our own reader, several in a row, the last cut off', async () => {
    const stamp = { producerId: 7n, producerEpoch: 0, firstSequence: 0 };
    const batches = fc.array(fc.array(record, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(batches, fc.nat(1_000), async (given, cut) => {
        let base = 40;
        const encoded = given.map((records) => {
          const bytes = encodeRecordBatch(records as unknown as OutgoingRecord[], stamp, 1_700_000_000_123);
          bytes.writeBigInt64BE(BigInt(base), 0);
          base += records.length;
          return bytes;
        });
        const torn = encoded[0]?.subarray(0, cut % encoded[0].length) ?? Buffer.alloc(0);
        const fetched = await readFetched(Buffer.concat([...encoded, torn]), { topic: 't', partition: 3 }, []);
        const records = recordsOf(fetched.batches, 0);
        const all = given.flat();
        expect([records.length, fetched.nextOffset]).toEqual([all.length, 40 + all.length]);
        records.forEach((one, at) => {
          const { key, value, headers = {} } = all[at] ?? { key: null, value: null };
          expect([one.offset, one.partition, one.logTimeMs]).toEqual([40 + at, 3, 1_700_000_000_123]);
          expect([same(one.key, key), same(one.value, value)]).toEqual([true, true]);
          expect(Object.keys(one.headers).sort()).toEqual(Object.keys(headers).sort());
          for (const [header, held] of Object.entries(headers))
            expect(same(one.headers[header] ?? null, held)).toBe(true);
        });
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it('has the check sum of its bytes, wherever they start and end', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), fc.nat(20), (array, from, off) => {
        const to = Math.max(from, array.length - off);
        if (to > array.length) return;
        expect(crc32c(array, from, to)).toBe(slowCrc(Buffer.from(array.subarray(from, to))));
      }),
    );
  });
});
