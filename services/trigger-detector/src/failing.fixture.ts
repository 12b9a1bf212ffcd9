import { expect } from '@jest/globals';
import { type EnrichedEvent, enrichedRecord, factsOf, type ProposedRecord } from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook, type Definition, type FailedDefinition } from '@kairos/decisions';
import { type AnyProcessor, createMemoryRunner } from '@kairos/stream-kit';
import { createDetectProcessor } from './core.ts';
import { eventOf, T0, trigger } from './detecting.fixture.ts';

const codec = {
  encode: (state: unknown): Uint8Array => Buffer.from(JSON.stringify(state)),
  decode: (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString('utf8')),
};

export const onOrder = (where: string | null) =>
  ({ type: 'event', events: [{ name: 'Order Completed', where }] }) as const;

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
  const facts = runner.records('triggers.detected').flatMap(({ value }) => factsOf(value));
  const proposed = runner.records('messages.proposed').map(({ value }) => value as ProposedRecord);
  return { facts, proposed, counted, short: facts.map((one) => `${one.triggerId} ${one.code ?? one.outcome}`) };
}

export const failuresIn = (counted: readonly unknown[]) => counted.filter((one) => typeof one === 'string');

export const gift = [{ properties: '{"gift":"yes","total":5}' }];
export const good = trigger('good', {});
