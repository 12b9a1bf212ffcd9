import { describe, expect, it } from '@jest/globals';
import { type Contact, type EnrichedEvent, type EnrichedRecord, enrichedRecord } from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook, type Definition, type TriggerDefinition } from '@kairos/decisions';
import { memorySerde, TaskCore } from '@kairos/stream-kit';
import fc from 'fast-check';
import { detectStateCodec } from './adapters/flat-state-codec.ts';
import { createDetectProcessor } from './core.ts';
import { common, eventOf, HOUR, trigger } from './detecting.fixture.ts';

const serde = memorySerde();

const onEvent = (id: string, name: string, more: Partial<TriggerDefinition> = {}): TriggerDefinition =>
  trigger(id, {
    when: { type: 'event', events: [{ name, where: null }] },
    cancelOn: [{ name: 'Order Completed', where: null }],
    expiresAfterMs: 6 * HOUR,
    send: 'm',
    ...more,
  });
const complaints: Definition = {
  ...common,
  kind: 'ContactRule',
  id: 'complaint-blocks',
  scope: { purpose: 'marketing', channels: [], messages: [] },
  onBreach: 'drop',
  rule: 'block',
  afterEvents: [{ name: 'Complaint Opened', where: 'properties.price > 1' }],
  forMs: HOUR,
  until: [],
};

/** Names alone tell of the first; of the others also what is known of the person. */
const playbooks: Readonly<Record<string, readonly Definition[]>> = {
  named: [onEvent('looks', 'Product Viewed'), complaints],
  profile: [
    onEvent('rich', '', {
      audience: 'profile.orderCount > 2',
      when: {
        type: 'absence',
        events: [{ name: 'Product Viewed', where: null }],
        butNot: [],
        withinMs: HOUR,
        clock: 'restartsOnRepeat',
        atLatestAfterMs: null,
        graceMs: 0,
      },
    }),
  ],
  segment: [onEvent('enters', '', { when: { type: 'segment', segment: 'gold', change: 'enters' } })],
  silence: [onEvent('quiet', '', { when: { type: 'inactivity', events: null, forMs: HOUR } })],
};
const compiled = (definitions: readonly Definition[]): CompiledPlaybook => {
  const playbook = compilePlaybook({ version: 'v1', offset: 0, timeScale: 1, definitions });
  expect(playbook.faults).toEqual([]);
  return playbook;
};

const contact: Contact = {
  ...{ email: 'a@example.com', phone: null, userId: null, anonymousId: null },
  ...{ zone: 'UTC', zoneFrom: 'company', locale: null, consent: [], preferences: null },
};

const events = fc.array(
  fc.record({
    name: fc.constantFrom('Page Viewed', 'Product Viewed', 'Order Completed', 'Complaint Opened'),
    personId: fc.constantFrom('user:1', 'user:2'),
    price: fc.integer({ min: 0, max: 3 }),
    orderCount: fc.integer({ min: 0, max: 4 }),
    isGold: fc.boolean(),
    // What arbitration must hear of, whatever the name.
    contact: fc.option(fc.constant(contact), { freq: 6 }),
  }),
  { minLength: 1, maxLength: 30 },
);

const eventAt = (number: number, given: Partial<EnrichedEvent>): EnrichedEvent => {
  const atMs = number * 60_000;
  return eventOf({ messageId: `m${number}`, occurredAtMs: atMs, receivedAtMs: atMs, loggedAtMs: atMs, ...given });
};

describe('a glance at an event', () => {
  it.each(Object.keys(playbooks))('leads to what the whole event leads to: %s', (kind) => {
    const playbook = compiled(playbooks[kind] ?? []);
    const processor = createDetectProcessor({ codec: detectStateCodec });
    const [glance, reads] = [processor.glance?.(playbook), processor.reads?.(playbook)];
    expect(glance === undefined).toBe(kind !== 'named');
    let passed = 0;
    fc.assert(
      fc.property(events, (given) => {
        const cores = [0, 1].map(() => new TaskCore(processor, 0, () => playbook));
        const marker = enrichedRecord({ marker: { playbookOffset: 0, version: 'v1' } });
        for (const core of cores) core.apply({ offset: 0, logTimeMs: 1, value: marker });
        for (const [at, { name, personId, price, orderCount, isGold, contact: news }] of given.entries()) {
          const event = eventAt(at + 1, {
            ...{ name, personId, properties: `{"price":${price}}`, profile: `{"orderCount":${orderCount}}` },
            ...{ segments: isGold ? ['gold'] : [], segmentsEntered: isGold ? ['gold'] : [], contact: news },
          });
          const bytes = serde.encode('events.enriched', enrichedRecord({ event }));
          const decoded = (fields: typeof reads): EnrichedRecord =>
            serde.decode('events.enriched', bytes, fields) as EnrichedRecord;
          const seen = glance === undefined ? undefined : decoded(glance.fields);
          const suffices = seen !== undefined && glance?.suffices(seen) === true;
          if (suffices) passed += 1;
          const [whole, short] = [decoded(reads), suffices ? seen : decoded(reads)];
          const applied = cores.map((core, which) =>
            core.apply({ offset: at + 1, logTimeMs: 1, value: which === 0 ? whole : (short as EnrichedRecord) }),
          );
          expect(applied[1]).toEqual(applied[0]);
        }
        const [first, second] = cores.map((core) => [...core.snapshot().encoded()]);
        expect(second).toEqual(first);
      }),
      { numRuns: 200 },
    );
    expect(passed > 0).toBe(kind === 'named');
  });
});
