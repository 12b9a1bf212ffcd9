import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GroupMember } from '@kairos/stream-kit';
import type { FlowDrawing } from '../ports.ts';
import { KafkaFlow } from './kafka-flow.ts';

const drawing: FlowDrawing = {
  stages: [{ id: 'one', label: 'One', topic: 'a', reads: [{ group: 'g', topic: 'b' }] }],
  ratesBetween: (before, after) => ({ a: (after.ends['a'] ?? 0) - (before?.ends['a'] ?? after.ends['a'] ?? 0) }),
  stagesOf: (rates, sample, { lags, processes }) => [
    {
      id: 'one',
      label: 'One',
      topic: 'a',
      perSecond: rates['a'] ?? 0,
      total: sample.ends['a'] ?? 0,
      lag: lags['g b'] ?? 0,
      processes: processes['g'] ?? [],
    },
  ],
};

let isBrokerAway: boolean;
let isMetricsAway: boolean;
let end: number;
let members: readonly GroupMember[];
let flow: KafkaFlow;

beforeEach(() => {
  [isBrokerAway, isMetricsAway, end] = [false, false, 10];
  members = [];
  flow = new KafkaFlow(drawing, {
    kafka: {
      offsets: async () => {
        if (isBrokerAway) throw new Error('nobody there');
        return new Map([
          [0, { start: 2, end }],
          [1, { start: 0, end: 5 }],
        ]);
      },
      groupOffsets: async () => new Map([[0, 8]]),
      groupMembers: async () => members,
    },
    timelines: {
      get: async () => {
        if (isMetricsAway) throw new Error('nobody there');
        return { watermarks: [{ timeMs: Date.now() - 4_000 }, { timeMs: Date.now() - 1_000 }] };
      },
    },
    playbook: { current: () => ({ version: 'v', timeScale: 60, definitions: [], plannedEvents: [] }) },
  });
});
afterEach(() => flow.close());

async function until(holds: () => boolean): Promise<void> {
  const untilMs = Date.now() + 5_000;
  while (!holds()) {
    if (Date.now() > untilMs) throw new Error(`waited in vain for ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the sampler of the flow', () => {
  it('tells totals, what waits before a stage (nothing committed counts from the start), and the oldest watermark', async () => {
    expect(flow.snapshot()).toMatchObject({ timeScale: 60, playbookVersion: 'v', watermark: { timeMs: null } });
    flow.start();
    await until(() => flow.snapshot().history.length > 0 && flow.snapshot().watermark.timeMs !== null);
    const { stages, watermark } = flow.snapshot();
    expect(stages[0]).toMatchObject({ total: 15, lag: 2 + 5 });
    expect(watermark.delayMs).toBeGreaterThan(3_900);
    expect(flow.trouble).toBeNull();
  });

  it('shows who shares the work of a stage: a process that comes, and one that goes', async () => {
    const member = (id: string, partitions: readonly number[]): GroupMember => ({
      memberId: `detector-${id}-90b607b5-7166-4810-a337-04a8536f6918`,
      partitions: partitions.map((partition) => ({ topic: 'b', partition })),
    });
    flow.start();
    members = [member('two', [1]), member('one', [0, 2])];
    await until(() => flow.snapshot().stages[0]?.processes.length === 2);
    expect(flow.snapshot().stages[0]?.processes).toEqual([
      { name: 'detector-one', partitions: 2 },
      { name: 'detector-two', partitions: 1 },
    ]);
    members = [member('one', [0, 1, 2])];
    await until(() => flow.snapshot().stages[0]?.processes.length === 1);
    expect(flow.snapshot().stages[0]?.processes).toEqual([{ name: 'detector-one', partitions: 3 }]);
  });

  it('leaves the last picture and says why while the broker is away, and goes on when it is back', async () => {
    flow.start();
    await until(() => flow.snapshot().history.length > 0);
    isBrokerAway = true;
    await until(() => flow.trouble !== null);
    expect(flow.trouble).toContain('nobody there');
    expect(flow.snapshot().stages[0]).toMatchObject({ total: 15 });
    [isBrokerAway, end] = [false, 30];
    await until(() => flow.trouble === null);
    expect(flow.snapshot().stages[0]).toMatchObject({ total: 35, perSecond: 20 });
  });

  it('calls the watermark unknown while metrics is away: a stale one would look like a standstill', async () => {
    isMetricsAway = true;
    flow.start();
    await until(() => flow.snapshot().history.length > 0);
    expect(flow.snapshot().watermark).toEqual({ timeMs: null, delayMs: null });
    expect(flow.trouble).toBeNull();
  });
});
