import { describe, expect, it } from '@jest/globals';
import kafkajs, { type PartitionMetadata } from 'kafkajs';
import { murmur2, partitionOf } from './partition-of.ts';

// From Apache Kafka's own UtilsTest.testMurmur2.
const java: readonly (readonly [string, number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
];

describe('the partition of a key', () => {
  it.each(java)('hashes %p as the Java client does', (text, hash) => {
    expect(murmur2(new TextEncoder().encode(text))).toBe(hash);
  });

  it('is the one that kafkajs chooses by default, for any key and count', () => {
    const choose = kafkajs.Partitioners.DefaultPartitioner();
    for (let at = 0; at < 2_000; at += 1) {
      const key = `${['user', 'anon', 'email', 'phone'][at % 4]}:${(at * 7919).toString(36)}${'ü'.repeat(at % 3)}@x`;
      const count = 1 + (at % 96);
      const partitionMetadata = Array.from({ length: count }, (_none, partitionId) => ({
        partitionId,
        leader: 1,
      })) as PartitionMetadata[];
      expect(partitionOf(key, count)).toBe(choose({ topic: 't', partitionMetadata, message: { key, value: null } }));
    }
  });
});
