import { describe, expect, it } from '@jest/globals';
import { type EnrichedRecord, type Fields, fieldsExcept } from '@kairos/contracts';
import { enriched, named } from '../memory/counting.fixture.ts';
import type { IncomingRecord } from '../ports.ts';
import { memorySerde } from '../serde/memory-serde.ts';
import { RecordDecoder } from './record-decoder.ts';

const serde = memorySerde();
const recordOf = (value: EnrichedRecord): IncomingRecord => ({
  ...{ topic: 'events.enriched', partition: 0, offset: 0, logTimeMs: 1, key: null, headers: {} },
  value: serde.encode('events.enriched', value),
});
const seen = recordOf(named('Page Viewed', enriched('user:1', 'm1', 1)));
const bought = recordOf(named('Order Completed', enriched('user:1', 'm2', 2)));

const whole = fieldsExcept('events.enriched', ['event.context']);
const names: Fields = { origin: true, event: { name: true } };
/** A playbook is a name that rules ask for; 'all' = no glance tells anything. */
const glances = new Map(
  ['Order Completed', 'Page Viewed'].map((asked) => [
    asked,
    { fields: names, suffices: ({ event }: EnrichedRecord) => event !== null && event.name !== asked },
  ]),
);
const decoderOf = () =>
  new RecordDecoder<EnrichedRecord, string>(
    {
      input: 'events.enriched',
      reads: () => whole,
      glance: (playbook) => (playbook === undefined ? undefined : glances.get(playbook)),
    },
    { serde, onOutage: () => undefined },
  );
const fieldsOf = (record: EnrichedRecord | Promise<EnrichedRecord>): string[] =>
  Object.keys((record as EnrichedRecord).event ?? {});

describe('the decoder of a task', () => {
  it('reads no further where a glance tells that no more is needed', () => {
    const decoder = decoderOf();
    expect(fieldsOf(decoder.decode(seen, 'Order Completed'))).toEqual(['name']);
    expect(fieldsOf(decoder.decode(bought, 'Order Completed'))).toContain('properties');
    expect(fieldsOf(decoder.decode(bought, 'Order Completed'))).not.toContain('context');
  });

  it('asks anew when another playbook is at work, and reads all where there is no glance', () => {
    const decoder = decoderOf();
    expect(fieldsOf(decoder.decode(seen, undefined))).toContain('properties');
    expect(fieldsOf(decoder.decode(seen, 'Order Completed'))).toEqual(['name']);
    expect(fieldsOf(decoder.decode(seen, 'Page Viewed'))).toContain('properties');
    expect(fieldsOf(decoder.decode(bought, 'Page Viewed'))).toEqual(['name']);
    expect(fieldsOf(decoder.decode(seen, 'all'))).toContain('properties');
  });

  it('tells of garbage behind what it asks for, by a glance too', () => {
    const cut = { ...seen, value: (seen.value ?? Buffer.alloc(0)).subarray(0, -1) };
    expect(() => decoderOf().decode(cut, 'Order Completed')).toThrow('no valid Avro');
  });
});
