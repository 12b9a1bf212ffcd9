import { expect } from '@jest/globals';
import { type EnrichedEvent, enrichedRecord, type ProposedRecord, type TriggerDetected } from '@kairos/contracts';
import {
  type CompiledPlaybook,
  compilePlaybook,
  type Definition,
  type FailedDefinition,
  type TriggerDefinition,
} from '@kairos/decisions';
import { type AnyProcessor, createMemoryRunner } from '@kairos/stream-kit';
import { createDetectProcessor } from './core.ts';

const codec = {
  encode: (state: unknown): Uint8Array => Buffer.from(JSON.stringify(state)),
  decode: (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString('utf8')),
};

export const T0 = Date.UTC(2026, 5, 3, 10);
export const HOUR = 3_600_000;
export const common = { version: '1', description: '', owner: '', status: 'live' } as const;
export const trigger = (id: string, more: Partial<TriggerDefinition>): TriggerDefinition => ({
  ...common,
  kind: 'Trigger',
  id,
  purpose: 'marketing',
  foundBy: 'rule',
  when: { type: 'event', events: [{ name: 'Order Completed', where: null }] },
  audience: null,
  oncePer: ['person'],
  reentry: { kind: 'always' },
  cancelOn: [],
  goal: null,
  expiresAfterMs: HOUR,
  holdoutPercent: 0,
  priority: 50,
  audienceRole: 'customer',
  activeFromMs: null,
  activeToMs: null,
  send: null,
  ...more,
});
export const onOrder = (where: string | null) =>
  ({ type: 'event', events: [{ name: 'Order Completed', where }] }) as const;

export const eventOf = (fields: Partial<EnrichedEvent>): EnrichedEvent => ({
  personId: 'user:ada',
  messageId: 'm1',
  type: 'track',
  name: 'Order Completed',
  occurredAtMs: T0,
  receivedAtMs: T0,
  loggedAtMs: T0,
  properties: '{}',
  context: '{}',
  source: 'web',
  sourceKind: 'server',
  backfill: false,
  candidateId: null,
  profile: '{}',
  segments: [],
  segmentsEntered: [],
  segmentsLeft: [],
  contact: null,
  linkedFrom: null,
  faults: [],
  ...fields,
});

interface Story {
  readonly definitions: readonly Definition[];
  readonly events: readonly Partial<EnrichedEvent>[];
  readonly untilMs?: number;
  /** Breaks what was compiled. */
  readonly spoil?: (playbook: CompiledPlaybook) => void;
}

/** The real stage in memory: what it tells, in short, and what is counted. */
export function told({ definitions, events, untilMs = 0, spoil }: Story) {
  const counted: unknown[] = [];
  const detected = (...of: readonly unknown[]) => counted.push(of);
  const failed = ({ kind, id, code }: FailedDefinition) => counted.push(`${kind} ${id} ${code}`);
  const runner = createMemoryRunner<CompiledPlaybook>({
    startMs: T0,
    processors: [createDetectProcessor({ codec, counts: { detected, failed } }) as AnyProcessor<CompiledPlaybook>],
  });
  const playbook = compilePlaybook({ version: 'v1', offset: 0, timeScale: 1, definitions });
  expect(playbook.faults).toEqual([]);
  spoil?.(playbook);
  runner.publish('v1', playbook);
  for (const [at, fields] of events.entries()) {
    const event = eventOf({ messageId: `m${at}`, loggedAtMs: runner.nowMs, ...fields });
    runner.append('events.enriched', event.personId, { ...enrichedRecord({}), event });
  }
  if (untilMs > 0) runner.advanceTo(T0 + untilMs);
  const facts = runner.records('triggers.detected').map(({ value }) => value as TriggerDetected);
  const proposed = runner.records('messages.proposed').map(({ value }) => value as ProposedRecord);
  return { facts, proposed, counted, short: facts.map((one) => `${one.triggerId} ${one.code ?? one.outcome}`) };
}

export const failuresIn = (counted: readonly unknown[]) => counted.filter((one) => typeof one === 'string');

export const gift = [{ properties: '{"gift":"yes","total":5}' }];
export const good = trigger('good', {});
