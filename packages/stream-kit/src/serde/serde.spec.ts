import { describe, expect, it } from '@jest/globals';
import { fieldsExcept, KairosError, type TopicName, topics } from '@kairos/contracts';
import { enriched, named } from '../memory/counting.fixture.ts';
import { compileBounded } from './bounded-counts.ts';
import { readingOf, writeFramed } from './codec.ts';
import { memorySerde } from './memory-serde.ts';

const serde = memorySerde();
const code = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return error instanceof KairosError ? error.code : String(error);
  }
  return 'nothing was thrown';
};

describe('a serde', () => {
  it('reads back what it wrote, framed as Confluent frames it', () => {
    const value = enriched('user:1', 'm1', 1_700_000_000_123);
    const bytes = serde.encode('events.enriched', value);
    expect(bytes[0]).toBe(0);
    expect(serde.decode('events.enriched', bytes)).toEqual(value);
  });

  it('names the field that does not fit', () => {
    const wrong = { ...enriched('user:1', 'm1', 1), feedback: { personId: 7 } } as never;
    expect(() => serde.encode('events.enriched', wrong)).toThrow(/feedback/);
    expect(code(() => serde.encode('events.enriched', wrong))).toBe('RECORD_INVALID');
  });

  it('calls garbage undecodable: no frame, unknown schema, cut off, trailing', () => {
    const bytes = serde.encode('events.enriched', enriched('user:1', 'm1', 1));
    const unknown = Buffer.from(bytes);
    unknown.writeUInt32BE(99_999, 1);
    const poisons = [
      Buffer.from('{"json":true}'),
      Buffer.alloc(0),
      unknown,
      bytes.subarray(0, 40),
      Buffer.concat([bytes, Buffer.from('x')]),
    ];
    expect(poisons.map((poison) => code(() => serde.decode('events.enriched', poison)))).toEqual(
      poisons.map(() => 'RECORD_UNDECODABLE'),
    );
  });

  it('does not believe a count of items: a few bytes of garbage cost no time', () => {
    const type = compileBounded({
      type: 'record',
      name: 'R',
      fields: [
        { name: 'a', type: { type: 'array', items: 'string' } },
        { name: 'm', type: { type: 'map', values: 'long' }, default: {} },
      ],
    });
    const liar = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0x00]);
    const began = performance.now();
    expect(() => type.fromBuffer(liar)).toThrow(/more items than it has bytes/);
    expect(() => type.fromBuffer(Buffer.concat([Buffer.from([0]), liar]))).toThrow(/more items than it has bytes/);
    expect(performance.now() - began).toBeLessThan(50);
    const value = { a: ['x', 'y'], m: { one: 1, __proto__x: 2 } };
    expect({ ...(type.fromBuffer(type.toBuffer(value)) as object) }).toEqual(value);
  });

  it('survives every mutilation of a record of every topic, quickly', () => {
    const bytes = serde.encode('events.enriched', {
      ...enriched('user:1', 'm1', 1),
      origin: { topic: 'a', partition: 1, offset: 2, number: 3 },
    });
    const began = performance.now();
    for (const topic of Object.keys(topics) as TopicName[]) {
      const id = (Object.keys(topics) as TopicName[]).indexOf(topic) + 1;
      for (let at = 5; at < bytes.length; at += 1) {
        const mutilated = Buffer.from(bytes);
        mutilated.writeUInt32BE(id, 1);
        mutilated[at] = (mutilated[at] ?? 0) ^ (0x80 | (at % 127));
        const answer = code(() => serde.decode(topic, mutilated));
        expect(['RECORD_UNDECODABLE', 'nothing was thrown']).toContain(answer);
      }
    }
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('reads what a writer with fewer or more fields wrote', () => {
    const older = compileBounded({
      type: 'record',
      name: 'ChangelogPart',
      namespace: 'kairos',
      fields: [
        { name: 'writer', type: 'string' },
        { name: 'cut', type: 'long' },
        { name: 'part', type: 'int' },
        { name: 'toOffset', type: 'long' },
        { name: 'more', type: 'string' },
        {
          name: 'entries',
          type: {
            type: 'array',
            items: {
              type: 'record',
              name: 'StateEntry',
              fields: [
                { name: 'key', type: 'string' },
                { name: 'state', type: 'bytes' },
              ],
            },
          },
        },
      ],
    });
    const value = {
      writer: 'w',
      cut: 1,
      part: 0,
      toOffset: 9,
      more: 'unknown to us',
      entries: [{ key: 'k', state: Buffer.from('s') }],
    };
    const bytes = writeFramed('detect.changelog', { type: older, id: 7 }, value);
    const read = readingOf('detect.changelog', older)(bytes);
    expect(read).toEqual({
      writer: 'w',
      cut: 1,
      part: 0,
      toOffset: 9,
      entries: [{ key: 'k', state: Buffer.from('s') }],
      packed: Buffer.alloc(0),
      end: null,
    });
  });

  it('reads only the fields that are asked for, and passes over the others', () => {
    const record = enriched('user:1', 'm1', 7);
    const bytes = serde.encode('events.enriched', { ...record, time: { timeMs: 9 } });
    const some = fieldsExcept('events.enriched', ['event.properties', 'event.segments', 'marker']);
    const read = serde.decode('events.enriched', bytes, some) as typeof record;
    const { properties: _properties, segments: _segments, ...rest } = record.event ?? {};
    const { event, ...bodies } = JSON.parse(JSON.stringify(read));
    expect(event).toEqual(JSON.parse(JSON.stringify(rest)));
    expect(bodies).toMatchObject({ origin: record.origin, feedback: null, time: { timeMs: 9 } });
    expect(Object.keys(bodies)).not.toContain('marker');
    expect(() => serde.decode('events.enriched', bytes.subarray(0, bytes.length - 1), some)).toThrow('no valid Avro');
  });

  it('reads a type by its name where the field that first says it is passed over', () => {
    const fault = { code: 'PROPERTY_TYPE', field: 'properties.total' };
    const refused = {
      ...{ personId: 'user:1', messageId: 'm1', name: 'Order Completed', source: 'web' },
      ...{ occurredAtMs: 1, loggedAtMs: 2, faults: [fault] },
    };
    const bytes = serde.encode('events.enriched', { ...enriched('user:1', 'm1', 7), event: null, refused });
    const some = fieldsExcept('events.enriched', ['event.faults']);
    expect(JSON.parse(JSON.stringify(serde.decode('events.enriched', bytes, some)))).toMatchObject({ refused });
  });

  it('writes records of any size one behind the other, and none into another', () => {
    const sizes = [10, 60_000, 10, 5_000_000, 10, 70_000];
    const records = sizes.map((size, at) => ({ ...named('x'.repeat(size), enriched(`user:${at}`, 'm', at)) }));
    const written = records.map((record) => serde.encode('events.enriched', record));
    for (const [at, bytes] of written.entries()) {
      expect((serde.decode('events.enriched', bytes) as (typeof records)[number]).event?.name).toHaveLength(
        sizes[at] ?? 0,
      );
    }
  });
});
