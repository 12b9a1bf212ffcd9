import { describe, expect, it } from '@jest/globals';
import type { ProposedRecord } from '@kairos/contracts';
import { type InputRecord, TaskCore } from '@kairos/stream-kit';
import { createArbitrationProcessor } from './core.ts';
import { candidate, cap, marker, NOON_MS, noBody, playbookWith, reachable } from './house.fixture.ts';

const origin = (offset: number) => ({ topic: 'events.enriched', partition: 3, offset, number: 0 });
const input = (offset: number, value: Partial<ProposedRecord>, traceparent?: string): InputRecord<ProposedRecord> => ({
  offset,
  logTimeMs: 0,
  value: { ...noBody, ...value, origin: origin(offset) },
  ...(traceparent === undefined ? {} : { traceparent }),
});

const newCore = () => new TaskCore(createArbitrationProcessor(), 3, () => playbookWith(cap('one-a-week', 1)));

describe('arbitration as a log-pure stage', () => {
  it('decides by the watermark alone, under origins of the tick, in the trace of the proposal', () => {
    const core = newCore();
    core.apply(input(0, marker));
    core.apply(input(1, reachable('user:42')));
    core.apply(input(2, candidate('user:42', 'high'), 'trace-of-the-proposal'));
    expect(core.apply(input(3, { time: { timeMs: NOON_MS + 999 } })).outputs).toEqual([]);
    const { outputs } = core.apply(input(4, { time: { timeMs: NOON_MS + 1000 } }, 'trace-of-the-tick'));
    expect(outputs).toMatchObject([
      { topic: 'messages.chosen', key: 'user:42', to: 'same', traceparent: 'trace-of-the-proposal' },
      { topic: 'messages.decided', key: 'user:42', to: 'same', traceparent: 'trace-of-the-proposal' },
    ]);
    expect(outputs.map((output) => output.origin)).toEqual([
      { topic: 'messages.proposed', partition: 3, offset: 4, number: 0 },
      { topic: 'messages.proposed', partition: 3, offset: 4, number: 1 },
    ]);
    expect(outputs[1]?.value).toMatchObject({ playbookVersion: 'v1', fate: 'chosen' });
  });

  it('drops a record that comes again under the same origin', () => {
    const core = newCore();
    core.apply(input(0, marker));
    core.apply(input(1, reachable('user:42')));
    core.apply(input(2, candidate('user:42', 'high')));
    const again = {
      ...input(3, candidate('user:42', 'high')),
      value: { ...noBody, ...candidate('user:42', 'high'), origin: origin(2) },
    };
    expect(core.apply(again).outcome).toBe('repeat');
  });

  it('passes over a body that only a newer writer knows', () => {
    const core = newCore();
    expect(core.apply(input(0, {})).outcome).toBe('unknown');
  });

  it('states survive as bytes, whatever alphabet a name is written in', () => {
    const processor = createArbitrationProcessor();
    const core = newCore();
    core.apply(input(0, marker));
    core.apply(input(1, reachable('user:42', { email: 'зоя@пример.рф', zone: 'Asia/Tokyo' })));
    core.apply(input(2, candidate('user:42', 'high', { profile: '{"firstName":"Zoë 😀 \\"“quoted”\\""}' })));
    const [state] = core.states.values();
    if (state === undefined) throw new Error('no state');
    expect(processor.decode(processor.encode(state))).toEqual(state);
  });
});
