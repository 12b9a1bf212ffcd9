import type { EnrichedRecord } from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook, type DetectState, type TriggerDefinition } from '@kairos/decisions';
import { type PlaybookReader, TaskCore } from '@kairos/stream-kit';
import { createDetectProcessor } from '@kairos/trigger-detector/core';
import { detectStateCodec } from '@kairos/trigger-detector/state-codec';
import { enrichedRecord, personId, shopEvent } from './samples.ts';

export const HOUR_MS = 3_600_000;
export const FIRST_MS = Date.UTC(2026, 0, 5, 9);

/** A cart without an order within the hour: one timer per person, as a shop has it. */
const cartLeft: TriggerDefinition = {
  kind: 'Trigger',
  id: 'cart-left',
  version: '1',
  description: '',
  owner: '',
  status: 'live',
  purpose: 'marketing',
  foundBy: 'rule',
  when: {
    type: 'absence',
    events: [{ name: 'Product Added', where: null }],
    butNot: [{ name: 'Order Completed', where: null }],
    withinMs: HOUR_MS,
    clock: 'restartsOnRepeat',
    atLatestAfterMs: null,
    graceMs: 15_000,
  },
  audience: null,
  oncePer: ['person'],
  reentry: { kind: 'always' },
  cancelOn: [],
  goal: null,
  expiresAfterMs: 6 * HOUR_MS,
  holdoutPercent: 0,
  priority: 50,
  audienceRole: 'customer',
  activeFromMs: null,
  activeToMs: null,
  send: 'cart-reminder',
};

const compiled = (): CompiledPlaybook => {
  const playbook = compilePlaybook({ version: 'v1', offset: 0, timeScale: 1, definitions: [cartLeft] });
  if (playbook.faults.length > 0) throw new Error(JSON.stringify(playbook.faults));
  return playbook;
};

export const detectProcessor = (): ReturnType<typeof createDetectProcessor> =>
  createDetectProcessor({ codec: detectStateCodec });

export type DetectCore = TaskCore<DetectState, EnrichedRecord, CompiledPlaybook>;

/** The fold of one partition as the detector runs it, the playbook switched on, without broker. */
export const detectCore = (): DetectCore => {
  const playbook = compiled();
  const core: DetectCore = new TaskCore(detectProcessor(), 0, () => playbook);
  core.apply({ offset: 0, logTimeMs: FIRST_MS, value: markerRecord() });
  return core;
};

/** The playbook for a stage, without the topic that it is published on. */
export const fixedPlaybook = (): PlaybookReader<CompiledPlaybook> => {
  const playbook = compiled();
  return {
    at: () => playbook,
    readTo: async () => undefined,
    position: 1,
    latest: () => undefined,
    onActivation: () => undefined,
    close: async () => undefined,
  };
};

export const markerRecord = (): EnrichedRecord => enrichedRecord({ marker: { playbookOffset: 0, version: 'v1' } });
export const timeRecord = (timeMs: number): EnrichedRecord => enrichedRecord({ time: { timeMs } });

interface Happening {
  /** Position on the log before. */
  readonly number: number;
  readonly atMs: number;
}

const EMPTY = enrichedRecord({});
const ORIGIN = { topic: 'events.identified', partition: 0, offset: 0, number: 0 };
const EVENT = shopEvent(0);

/** Copied from one that is there: the samples' own way costs as much as what is measured. */
const eventRecord = (person: number, name: string, { number, atMs }: Happening): EnrichedRecord => ({
  ...EMPTY,
  origin: { ...ORIGIN, offset: number },
  event: {
    ...EVENT,
    personId: personId(person),
    messageId: `m-${number.toString(36).padStart(12, '0')}`,
    name,
    occurredAtMs: atMs,
    receivedAtMs: atMs,
    loggedAtMs: atMs,
    properties: `{"product_id":"sku-${number % 4_000}","price":${10 + (number % 90)},"cart_id":"c-${number % 5_000}"}`,
  },
});

/** A person puts something into the cart (which arms the timer), or orders (which takes it back). */
export const cartRecord = (
  person: number,
  { name, ...happening }: Happening & { readonly name: 'Product Added' | 'Order Completed' },
): EnrichedRecord => eventRecord(person, name, happening);

/** A person looks at something: no trigger is concerned. */
export const viewRecord = (person: number, happening: Happening): EnrichedRecord =>
  eventRecord(person, 'Product Viewed', happening);
