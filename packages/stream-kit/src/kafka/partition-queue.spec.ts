import { describe, expect, it } from '@jest/globals';
import { PartitionQueue } from './partition-queue.ts';
import { encodeRecordBatch } from './wire/record-batch.ts';
import { type FetchedRecords, readFetched } from './wire/record-reader.ts';

const stamp = { producerId: -1n, producerEpoch: -1, firstSequence: -1 };

/** A fetch of batches: where each starts, and how many records it has. */
const fetched = async (...batches: readonly (readonly [base: number, count: number])[]): Promise<FetchedRecords> => {
  const encoded = batches.map(([base, count]) => {
    const records = Array.from({ length: count }, (_none, at) => ({
      topic: 't',
      key: `k${base + at}`,
      value: Buffer.from(String(base + at)),
    }));
    const bytes = encodeRecordBatch(records, stamp, 1_700_000_000_000);
    bytes.writeBigInt64BE(BigInt(base), 0);
    return bytes;
  });
  return await readFetched(Buffer.concat(encoded), { topic: 't', partition: 0 }, []);
};

const offsetsOf = (piece: ReturnType<PartitionQueue['shift']>): readonly number[] | undefined =>
  piece?.records.map(({ offset }) => offset);

describe('what waits of a partition', () => {
  it('comes in pieces of whole batches, about a thousand records each, in order', async () => {
    const queue = new PartitionQueue('t', 0);
    queue.push(await fetched([0, 600], [600, 300], [900, 200], [1100, 2000]), 5_000);
    queue.push(await fetched([3100, 1]), 6_000);
    const pieces = [queue.shift(1_000), queue.shift(1_000), queue.shift(1_000), queue.shift(1_000), queue.shift(1_000)];
    expect(pieces.map((piece) => piece?.records.length)).toEqual([900, 200, 2000, 1, undefined]);
    expect(pieces.map((piece) => piece?.nextOffset)).toEqual([900, 1100, 3100, 3101, undefined]);
    expect(pieces.map((piece) => piece?.highWatermark)).toEqual([5_000, 5_000, 5_000, 6_000, undefined]);
    expect(pieces.flatMap((piece) => offsetsOf(piece) ?? [])).toEqual(Array.from({ length: 3_101 }, (_none, at) => at));
    expect(queue.bytes).toBe(0);
  });

  it('leaves out what was there already: a batch comes whole, also when it is asked for from its middle on', async () => {
    const queue = new PartitionQueue('t', 0);
    queue.expected = 4;
    queue.push(await fetched([0, 6], [6, 2]), 8);
    expect(offsetsOf(queue.shift(1_000))).toEqual([4, 5, 6, 7]);
    queue.push(await fetched([6, 2]), 8);
    expect(queue.shift(1_000)).toBeUndefined();
  });

  it('leaves out batches that wait already: another fetch has brought them', async () => {
    const queue = new PartitionQueue('t', 0);
    queue.push(await fetched([0, 3], [3, 2]), 5);
    queue.push(await fetched([0, 3], [3, 2], [5, 2]), 7);
    expect(offsetsOf(queue.shift(1_000))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(queue.bytes).toBe(0);
  });

  it('passes on how far a fetch went that brought only markers', () => {
    const queue = new PartitionQueue('t', 0);
    queue.push({ batches: [], nextOffset: 3 }, 3);
    expect(queue.shift(1_000)).toEqual({ records: [], highWatermark: 3, nextOffset: 3 });
  });

  it('after a seek begins there', async () => {
    const queue = new PartitionQueue('t', 0);
    queue.push(await fetched([0, 5]), 5);
    queue.clear();
    queue.expected = 2;
    queue.push(await fetched([0, 5]), 5);
    expect(offsetsOf(queue.shift(1_000))).toEqual([2, 3, 4]);
  });
});
