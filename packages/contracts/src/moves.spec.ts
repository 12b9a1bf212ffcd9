import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import avsc from 'avsc';
import type { TriggerDetected } from './generated/avro-types.ts';
import { factsOf, nextOf } from './moves.ts';

const started: TriggerDetected = {
  origin: { topic: 'events.enriched', partition: 0, offset: 7, number: 0 },
  firingId: 'move',
  personId: 'user:ada',
  triggerId: 'cart-left',
  instanceKey: 'c1',
  outcome: 'journeyStarted',
  code: null,
  detectedAtMs: 5,
  dueAtMs: null,
  evidence: '{}',
  causes: ['m1'],
  playbookVersion: 'p1',
  journey: {
    journeyId: 'recovery',
    version: '1',
    instanceId: 'i1',
    firingId: 'f1',
    step: null,
    does: null,
    way: null,
    candidateId: null,
  },
  next: [],
};
const of = (
  journey: Partial<NonNullable<TriggerDetected['journey']>>,
  more: Partial<TriggerDetected>,
): TriggerDetected => ({
  ...started,
  ...more,
  journey: { ...(started.journey as NonNullable<TriggerDetected['journey']>), ...journey },
});

const sent = of(
  { step: 'steps[0]', does: 'send', candidateId: 'c' },
  { outcome: 'journeyStepTaken', firingId: 'move.1' },
);
const waits = of({ step: 'steps[1]', does: 'wait' }, { outcome: 'journeyStepTaken', firingId: 'move.2', dueAtMs: 9 });

const schema = (file: string): avsc.Type =>
  avsc.Type.forSchema(JSON.parse(readFileSync(path.join(import.meta.dirname, '..', 'avro', file), 'utf8')));

describe('the facts of a record', () => {
  it('are what each step would have told by itself, under an id of its own', () => {
    expect(factsOf({ ...started, next: [nextOf(sent), nextOf(waits)] })).toEqual([started, sent, waits]);
  });

  it('are the record itself, where it tells of nothing else', () => {
    expect(factsOf(started)).toEqual([started]);
    const fired = { ...started, outcome: 'fired', journey: null };
    expect(factsOf(fired)).toEqual([fired]);
  });

  it('are the same of a record from before steps were told together', () => {
    const [before, now] = [schema('history/triggers.detected.2.avsc'), schema('triggers.detected.avsc')];
    const { next: _, ...old } = started;
    const read = now.fromBuffer(before.toBuffer(old), now.createResolver(before)) as TriggerDetected;
    expect(JSON.parse(JSON.stringify(factsOf(read)))).toEqual([started]);
  });
});
