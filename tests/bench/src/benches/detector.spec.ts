import { expect, it } from '@jest/globals';
import { compilePlaybook } from '@kairos/decisions';
import { toPublished } from '@kairos/playbook';
import { jsonStateCodec, memorySerde, TaskCore } from '@kairos/stream-kit';
import { createDetectProcessor } from '@kairos/trigger-detector/core';
import { definitionsOf } from '../kit/publish-playbook.ts';
import { enrichedRecords, INPUT, PARTITIONS, recordsOf } from './detector/fill-topic.ts';
import { expectedFirings, FiringSum } from './detector/oracle.ts';
import { CART_LEFT } from './detector/playbook.ts';
import { customerOf, type ShopSize, shopEvents } from './detector/shop.ts';

const size: ShopSize = { events: 6_500, customers: 600 };
const serde = memorySerde();
const published = toPublished(definitionsOf(CART_LEFT), { offset: 3, timeScale: 1 });

it('the topic holds what was announced: as many records, each with the event that was written over the template', async () => {
  const events = [...shopEvents(size)];
  const records = [...enrichedRecords(serde, { playbookOffset: 3, version: published.version }, size)];
  expect(records).toHaveLength(recordsOf(size));
  const decoded = await Promise.all(records.map(({ value }) => serde.decode(INPUT, value)));
  const said = decoded.flatMap(({ event }) => event ?? []);
  expect(said.map(({ personId, occurredAtMs }) => [customerOf(personId), occurredAtMs])).toEqual(
    events.map(({ customer, atMs }) => [customer, atMs]),
  );
  expect(new Set(said.map(({ messageId }) => messageId)).size).toBe(size.events);
  const ofFirst = decoded
    .filter((_record, at) => records[at]?.partition === 0)
    .map(({ origin }) => origin?.offset ?? 0);
  expect(ofFirst).toEqual(ofFirst.map((_offset, at) => (ofFirst[0] ?? 0) + at));
});

it('three in eight events change the state, and about a fifth end in a firing', () => {
  const large: ShopSize = { events: 100_000, customers: 10_000 };
  const changing = [...shopEvents(large)].filter(({ act }) => act !== 'view');
  expect(changing.length / large.events).toBeCloseTo(3 / 8, 2);
  expect(expectedFirings(large).count / large.events).toBeCloseTo(0.19, 2);
});

it('the oracle and the detector agree on every firing', async () => {
  const playbook = compilePlaybook(published);
  const cores = Array.from(
    { length: PARTITIONS },
    (_none, partition) => new TaskCore(createDetectProcessor({ codec: jsonStateCodec }), partition, () => playbook),
  );
  const fired = new FiringSum();
  const offsets = new Array<number>(PARTITIONS).fill(0);
  for (const { partition, value, atMs } of enrichedRecords(serde, { ...published, playbookOffset: 3 }, size)) {
    const offset = offsets[partition] ?? 0;
    offsets[partition] = offset + 1;
    const record = { offset, logTimeMs: atMs, value: await serde.decode(INPUT, value) };
    for (const output of cores[partition]?.apply(record).outputs ?? []) {
      if (output.topic !== 'triggers.detected') continue;
      const { outcome, personId, dueAtMs } = output.value as { outcome: string; personId: string; dueAtMs: number };
      if (outcome === 'fired') fired.add(customerOf(personId), dueAtMs);
    }
  }
  expect(fired.digest).toBe(expectedFirings(size).digest);
  expect(fired.count).toBeGreaterThan(500);
});
