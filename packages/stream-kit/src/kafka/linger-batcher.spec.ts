import { describe, expect, it } from '@jest/globals';
import { LingerBatcher, type LingerOptions, type PartitionBatch } from './linger-batcher.ts';

interface Sent {
  readonly batches: readonly PartitionBatch[];
  land(): void;
  fail(): void;
}

const build = (options: Partial<LingerOptions> = {}) => {
  const sent: Sent[] = [];
  const ends = new Map<string, number>();
  let most = 0;
  let under = 0;
  const batcher = new LingerBatcher({
    lingerMs: 1,
    flushBytes: 1_000_000,
    maxRecordsPerPartition: 5,
    maxBytesPerPartition: 1_000,
    maxRequestBytes: 1_000_000,
    afterFailure: 'break',
    dispatch: (batches) =>
      new Promise((resolve, reject) => {
        under += 1;
        most = Math.max(most, under);
        const settle = (how: () => void) => () => {
          under -= 1;
          how();
        };
        sent.push({
          batches,
          fail: settle(() => reject(new Error('nobody knows'))),
          land: settle(() =>
            resolve(
              batches.map(({ topic, partition, records }) => {
                const baseOffset = ends.get(`${topic}/${partition}`) ?? 0;
                ends.set(`${topic}/${partition}`, baseOffset + records.length);
                return { topic, partition, baseOffset, logTimeMs: 7 };
              }),
            ),
          ),
        });
      }),
    ...options,
  });
  return { batcher, sent, most: () => most };
};

const record = (text: string, partition = 0) => ({ topic: 't', partition, key: 'k', value: Buffer.from(text) });
const soon = () => new Promise((resolve) => setTimeout(resolve, 10));
const texts = (sent: Sent | undefined) =>
  sent?.batches.map(({ records }) => records.map(({ value }) => String(value)).join(''));

describe('the linger batcher', () => {
  it('sends one request at a time, what gathers meanwhile together, each partition in order', async () => {
    const { batcher, sent, most } = build();
    const first = batcher.send([record('a')]);
    await soon();
    const others = [batcher.send([record('b'), record('x', 1)]), batcher.send([record('c')])];
    await soon();
    expect(sent.length).toBe(1);
    sent[0]?.land();
    await expect(first).resolves.toEqual([{ topic: 't', partition: 0, offset: 0, logTimeMs: 7 }]);
    await soon();
    expect(texts(sent[1])).toEqual(['bc', 'x']);
    sent[1]?.land();
    expect((await others[0])?.map(({ offset }) => offset)).toEqual([1, 0]);
    expect((await others[1])?.map(({ offset }) => offset)).toEqual([2]);
    expect(most()).toBe(1);
    expect(batcher.pendingBytes).toBe(0);
  });

  it('caps records and bytes of a partition per request', async () => {
    const { batcher, sent } = build();
    const all = batcher.send([...'abcdefgh'].map((text) => record(text)));
    const large = batcher.send([record('L'.repeat(600), 1), record('M'.repeat(600), 1)]);
    for (let at = 0; at < 2; at += 1) {
      await soon();
      sent[at]?.land();
    }
    await Promise.all([all, large]);
    expect(sent.map(({ batches }) => batches.map(({ records }) => records.length))).toEqual([
      [5, 1],
      [3, 1],
    ]);
    expect((await all).map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('does not wait for the linger when enough has gathered', async () => {
    const { batcher, sent } = build({ lingerMs: 60_000, flushBytes: 50 });
    void batcher.send([record('x'.repeat(60))]);
    await soon();
    expect(sent.length).toBe(1);
    sent[0]?.land();
  });

  it('refuses everything after an indefinite failure', async () => {
    const { batcher, sent } = build();
    const first = batcher.send([record('a')]);
    await soon();
    const second = batcher.send([record('b')]);
    sent[0]?.fail();
    await expect(first).rejects.toThrow('nobody knows');
    await expect(second).rejects.toThrow('nobody knows');
    await expect(batcher.send([record('c')])).rejects.toThrow('nobody knows');
    expect([sent.length, batcher.pendingBytes]).toEqual([1, 0]);
  });

  it('refuses only what was under way where going on is asked for', async () => {
    const { batcher, sent } = build({ afterFailure: 'continue' });
    const first = batcher.send([record('a')]);
    await soon();
    const second = batcher.send([record('b')]);
    sent[0]?.fail();
    await expect(first).rejects.toThrow('nobody knows');
    await soon();
    sent[1]?.land();
    await expect(second).resolves.toHaveLength(1);
  });

  it('drains: what waits is sent and acknowledged', async () => {
    const { batcher, sent } = build({ lingerMs: 60_000 });
    const first = batcher.send([record('a')]);
    const draining = batcher.drain();
    await soon();
    sent[0]?.land();
    await draining;
    await expect(first).resolves.toHaveLength(1);
  });

  it('without a linger waits for its turn of the event loop and no longer', async () => {
    const { batcher, sent } = build({ lingerMs: 0 });
    const calls = [batcher.send([record('a')]), batcher.send([record('b')])];
    expect(sent.length).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(texts(sent[0])).toEqual(['ab']);
    sent[0]?.land();
    await Promise.all(calls);
  });
});
