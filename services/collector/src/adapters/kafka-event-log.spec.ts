import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { headers, KairosError } from '@kairos/contracts';
import { silentLogger } from '@kairos/service-kit';
import { memorySerde, type OutgoingRecord } from '@kairos/stream-kit';
import { collected, contextOf } from '../core.fixture.ts';
import { collect } from '../core.ts';
import type { EventEntry } from '../ports.ts';
import { callOf } from './call-of-text.ts';
import { KafkaEventLog } from './kafka-event-log.ts';

const entryOf = (): EventEntry => {
  const [first] = collected('track', { userId: 'u', event: 'x' }).accepted;
  if (first === undefined) throw new Error('nothing was accepted');
  return { ...first, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
};

/** A producer whose acknowledgements the test gives. */
function setup(more: { ackTimeoutMs?: number; pendingBytes?: number } = {}) {
  const sent: OutgoingRecord[] = [];
  const settle: { resolve(): void; reject(error: Error): void }[] = [];
  const log = new KafkaEventLog({
    producer: {
      pendingBytes: more.pendingBytes ?? 0,
      send: (records) => {
        sent.push(...records);
        return new Promise((resolve, reject) => settle.push({ resolve: () => resolve([]), reject }));
      },
    },
    serde: memorySerde(),
    log: silentLogger(),
    ackTimeoutMs: more.ackTimeoutMs ?? 1_000,
    bufferBytes: 1_000,
  });
  return { log, sent, settle };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'resolved',
    (error: unknown) => (error instanceof KairosError ? error.code : String(error)),
  );

describe('append', () => {
  it('resolves on the acknowledgement, not before', async () => {
    const { log, sent, settle } = setup();
    let done = false;
    const appended = log.append([entryOf()], []).then(() => {
      done = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(done).toBe(false);
    settle[0]?.resolve();
    await appended;
    expect(sent[0]).toMatchObject({ topic: 'events.collected', key: 'u' });
    expect(sent[0]?.value?.[0]).toBe(0);
    expect(sent[0]?.headers).toMatchObject({ [headers.source]: 'shop', [headers.traceparent]: entryOf().traceparent });
  });

  it('a refusal of the broker is BROKER_UNAVAILABLE, and trouble until something lands', async () => {
    const { log, settle } = setup();
    const refused = codeOf(log.append([entryOf()], []));
    settle[0]?.reject(new Error('NOT_ENOUGH_REPLICAS'));
    expect(await refused).toBe('BROKER_UNAVAILABLE');
    expect(log.trouble).toBe('the broker does not acknowledge');
    const landed = log.append([entryOf()], []);
    settle[1]?.resolve();
    await landed;
    expect(log.trouble).toBeUndefined();
  });

  it('waits no longer than it may; what fails later disturbs nobody', async () => {
    const { log, settle } = setup({ ackTimeoutMs: 30 });
    expect(await codeOf(log.append([entryOf()], []))).toBe('BROKER_UNAVAILABLE');
    settle[0]?.reject(new Error('later'));
    await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it('keeps nothing of a body while its records wait but the records themselves', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const { log, settle } = setup();
    const appended: Promise<void>[] = [];
    const bodies = 200;
    const append = (number: number): void => {
      const event = `{"type":"track","event":"Seen","userId":"customer-${number}-of-a-long-name","properties":{}}`;
      const text = `{"batch":[${event}],"integrations":{"x":"${'y'.repeat(50_000)}${number}"}}`;
      const { accepted } = collect(callOf('batch', text), contextOf());
      const entries = accepted.map((one) => ({ ...one, traceparent: undefined }));
      appended.push(log.append(entries, []));
    };
    append(0);
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let number = 1; number <= bodies; number += 1) append(number);
    collectGarbage();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan((bodies * 50_000) / 4);
    for (const one of settle) one.resolve();
    await Promise.all(appended);
  });

  it('takes nothing more when the buffer is full', async () => {
    const { log, sent } = setup({ pendingBytes: 1_001 });
    expect(await codeOf(log.append([entryOf()], []))).toBe('BROKER_UNAVAILABLE');
    expect(sent).toEqual([]);
  });

  it('a dead letter that Kafka would not hold is cut, and one too deep for JSON is described', async () => {
    const { log, sent, settle } = setup();
    let deep: unknown = 1;
    for (let level = 0; level < 200_000; level++) deep = [deep];
    const dead = {
      code: 'FIELD_INVALID',
      message: 'properties is wrong',
      sourceId: 'shop',
      atMs: 7,
      traceparent: undefined,
    } as const;
    const appended = log.append(
      [],
      [
        { ...dead, original: { a: 'x'.repeat(3_000_000) } },
        { ...dead, original: deep },
      ],
    );
    settle[0]?.resolve();
    await appended;
    expect(sent.map(({ topic }) => topic)).toEqual(['events.collected.dead-letters', 'events.collected.dead-letters']);
    expect(sent[0]?.value?.length).toBe(256 * 1024);
    expect(sent[1]?.value?.toString()).toContain('too deeply');
    expect(sent[0]?.headers).toMatchObject({
      [headers.deadCode]: 'FIELD_INVALID',
      [headers.deadReason]: 'properties is wrong',
    });
  });
});
