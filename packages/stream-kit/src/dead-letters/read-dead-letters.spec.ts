import { describe, expect, it } from '@jest/globals';
import { headers, KairosError } from '@kairos/contracts';
import { createWalkTopics } from '../kafka/walk-topics.ts';
import { memoryKafka } from '../memory/memory-kafka.ts';
import type { IncomingRecord } from '../ports.ts';
import { reasonOf, toDeadLetter } from './dead-letter.ts';
import { readDeadLetters, replayDeadLetter } from './read-dead-letters.ts';

const record: IncomingRecord = {
  topic: 'events.collected',
  partition: 1,
  offset: 17,
  logTimeMs: 5,
  key: Buffer.from('anon-1'),
  value: Buffer.from('garbage'),
  headers: { traceparent: Buffer.from('00-x') },
};

describe('dead letters', () => {
  it('keep bytes, key, headers and place, and go back unchanged but for the mark that they were put back', async () => {
    const kafka = memoryKafka();
    await createWalkTopics(kafka, { partitions: 2 });
    const producer = await kafka.producer();
    const why = reasonOf(new KairosError('RECORD_UNDECODABLE', 'not Avro'), { attempts: 1, atMs: 99 });
    // Buried twice, as after a crash.
    await producer.send([toDeadLetter(record, why), toDeadLetter(record, why)]);
    const letters = await readDeadLetters(kafka, 'events.collected');
    expect(letters).toMatchObject([
      {
        partition: 1,
        offset: 0,
        code: 'RECORD_UNDECODABLE',
        reason: 'not Avro',
        attempts: 1,
        topic: 'events.collected',
        originalPartition: 1,
        originalOffset: 17,
        buriedAtMs: 99,
      },
    ]);
    const [letter] = letters;
    if (letter === undefined) throw new Error('no letter');
    await replayDeadLetter(producer, letter);
    const seen: IncomingRecord[] = [];
    const reader = await kafka.read({
      topic: 'events.collected',
      partitions: [0, 1],
      onRecords: (more) => void seen.push(...more),
    });
    await reader.done;
    expect(seen).toMatchObject([{ partition: 1, key: record.key, value: record.value }]);
    expect(Object.keys(seen[0]?.headers ?? {}).sort()).toEqual([headers.replayed, 'traceparent']);
  });

  it('call a refusal by its own code, and any other fault a step that failed', () => {
    const about = { attempts: 1, atMs: 99 };
    for (const code of ['RECORD_INVALID', 'EVENT_NONCONFORMING', 'IDENTITY_CONTRADICTED', 'TOO_MANY_HOPS'] as const) {
      expect(reasonOf(new KairosError(code, 'why'), about)).toEqual({ code, reason: 'why', ...about });
    }
    expect(reasonOf(new TypeError('x is not a function'), about).code).toBe('STEP_FAILED');
  });
});
