import { describe, expect, it } from '@jest/globals';
import { until } from '../src/kafka/port-kit.fixture.ts';
import { createWalkTopics } from '../src/kafka/walk-topics.ts';
import { countingProcessor, enriched } from '../src/memory/counting.fixture.ts';
import { type MemoryKafka, memoryKafka } from '../src/memory/memory-kafka.ts';
import { memorySerde } from '../src/serde/memory-serde.ts';
import { memoryCopies } from '../src/stage/local-copy.ts';
import { type StageHandle, type StageOptions, startStage } from '../src/stage/start-stage.ts';

// Handbook, 3: what is kept, and where.
//
// The truth about a stage is its input. State is what the input leads to, so it may be lost at any time; it is kept only
// so that nobody has to read a year again. It is kept in four places, and each may be missing:
//
//   memory      the task's own map of states, and the timers. Restored states stay as they lie in the parts of cuts, or in
//               an image of them, until somebody asks for one.
//   the log     `<task>.changelog`: every few seconds a cut, all keys that changed as they stand at one input offset. Many
//               keys to a record, deflated. A cut counts when all of its parts are there. In time one cut of all keys
//               replaces the others.
//   this disk   a copy of the changelog partition (`localCopies`, `KAIROS_STATE_DIR`): an image of all states as a start
//               uses it, numbers and all, and on top of it the cuts since. Written after the changelog acknowledged, so it
//               is never further than that; a start reads it, and the changelog from where it ends.
//   a rest      a task whose partition was taken away stays in memory for a minute. If the partition comes back, if the
//               task stood between two batches, and if nobody else has written the changelog meanwhile, it goes on.
//
// A batch is applied while up to three before it wait for their acknowledgement: the broker's answer takes longer than the
// fold. Whatever tells others how far the task is waits for it: cuts, the group's offset, ticks, the status.

const serde = memorySerde();
const TOPIC = 'events.enriched';

const house = async (): Promise<MemoryKafka> => {
  const kafka = memoryKafka();
  await createWalkTopics(kafka, { partitions: 1 });
  return kafka;
};

const put = async (kafka: MemoryKafka, ...messageIds: readonly string[]): Promise<void> => {
  const producer = await kafka.producer();
  const values = messageIds.map((id) => serde.encode(TOPIC, enriched('user:1', id, 0)));
  await producer.send(values.map((value) => ({ topic: TOPIC, partition: 0, key: 'user:1', value })));
};

const start = async (
  kafka: MemoryKafka,
  options: Partial<StageOptions<never, never, never>> = {},
): Promise<{ readonly stage: StageHandle; readonly from: string[] }> => {
  const from: string[] = [];
  const stage = await startStage({
    kafka,
    serde,
    processor: countingProcessor,
    groupId: 'detect',
    hooks: {
      onRestored: ({ warm, nextOffset }) => void from.push(`${warm ? 'copy' : 'changelog'} at ${nextOffset}`),
      onResumed: ({ nextOffset }) => void from.push(`memory at ${nextOffset}`),
    },
    fail: () => undefined,
    ...options,
  });
  return { stage, from };
};

const applied = (stage: StageHandle): number | undefined => stage.status()[0]?.nextOffset;

describe('what is kept', () => {
  it('on the log counts only what was said: while outputs are not acknowledged there is no cut', async () => {
    const kafka = await house();
    await put(kafka, 'a', 'b');
    let fails = 0;
    const mute = kafka.another(({ topic }) => {
      if (topic === 'messages.proposed') throw new Error('connection lost');
    });
    const { stage } = await start(mute, { cutEveryMs: 5, fail: () => (fails += 1) });
    await until('the end of a stage that cannot speak', () => fails === 1);
    expect(applied(stage)).toBe(0);
    expect((await kafka.offsets('detect.changelog')).get(0)?.end).toBe(0);
    await stage.close();
  });

  it('on the log is where the next one goes on, with nothing read twice after a planned stop', async () => {
    const kafka = await house();
    await put(kafka, 'a', 'b');
    const first = await start(kafka);
    await until('both', () => applied(first.stage) === 2);
    await first.stage.close();
    const second = await start(kafka);
    await until('a start', () => second.from.length === 1);
    expect(second.from).toEqual(['changelog at 2']);
    await second.stage.close();
  });

  it('on this machine saves reading the log, and never says more than the log does', async () => {
    const kafka = await house();
    const localCopies = memoryCopies();
    await put(kafka, 'a', 'b');
    const first = await start(kafka, { localCopies });
    await until('both', () => applied(first.stage) === 2);
    await first.stage.close();
    // Elsewhere somebody went further.
    const elsewhere = await start(kafka);
    await put(kafka, 'c');
    await until('the third', () => applied(elsewhere.stage) === 3);
    await elsewhere.stage.close();
    const back = await start(kafka, { localCopies });
    await until('a start', () => back.from.length === 1);
    expect(back.from).toEqual(['copy at 3']);
    await back.stage.close();
  });
});
