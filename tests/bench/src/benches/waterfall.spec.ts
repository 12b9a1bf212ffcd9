import { expect, it } from '@jest/globals';
import { memoryKafka, type RecordProducer, type Serde } from '@kairos/stream-kit';
import { WaterfallMeter } from './end-to-end/waterfall.ts';

const NAME = 'Order Completed';
const PERSON = 'user:customer7';

/** The meter looks at a few fields of each record; how they are encoded is not its business. */
const jsonSerde = {
  decode: (_topic: string, bytes: Buffer): unknown => JSON.parse(bytes.toString()),
} as unknown as Serde;

/** An order on each topic of its way, and what stands beside it there. */
const way = [
  ['events.collected', { name: NAME, userId: 'customer7' }, { name: 'Product Viewed', userId: 'customer7' }],
  ['events.identified', { event: { event: { name: NAME }, personId: PERSON } }, { event: null }],
  ['events.enriched', { event: { name: NAME, personId: PERSON } }, { event: null }],
  ['messages.proposed', { proposal: { personId: PERSON } }, { proposal: null }],
  ['messages.chosen', { message: { personId: PERSON } }, { message: null }],
] as const;

const house = async () => {
  let nowMs = 0;
  const kafka = memoryKafka({ now: () => nowMs });
  await kafka.createTopics(way.map(([name]) => ({ name, partitions: 2, config: {} })));
  const producer: RecordProducer = await kafka.producer();
  const write = async (topic: string, value: object): Promise<void> => {
    await producer.send([{ topic, key: PERSON, value: Buffer.from(JSON.stringify(value)) }]);
  };
  return {
    meter: new WaterfallMeter(kafka, jsonSerde),
    /** Passes a topic each 10 ms, the last at `startMs` + 50. */
    async walk(startMs: number) {
      for (const [at, [topic, order, other]] of way.entries()) {
        nowMs = startMs + (at + 1) * 10;
        await write(topic, other);
        await write(topic, order);
      }
    },
  };
};

it('reads each leg off the times at which an order came to its topics, whatever lay there before', async () => {
  const { meter, walk } = await house();
  await walk(0);
  await meter.begin();
  await walk(1_000);
  await walk(2_000);
  const { tookMs, slowestMs } = await meter.end([
    { customer: 7, postedAtMs: 1_003, mailedAtMs: 1_055 },
    { customer: 7, postedAtMs: 2_000, mailedAtMs: 2_090 },
  ]);
  expect(tookMs).toEqual({
    collect: [7, 10],
    identify: [10, 10],
    enrich: [10, 10],
    detect: [10, 10],
    arbitrate: [10, 10],
    dispatch: [5, 40],
  });
  expect(slowestMs).toMatchObject({ collect: 10, dispatch: 40 });
});

it('an order that is not on every topic is a fault of the measurement, not a fast one', async () => {
  const { meter, walk } = await house();
  await meter.begin();
  await walk(0);
  const walks = [7, 8].map((customer) => ({ customer, postedAtMs: 0, mailedAtMs: 60 }));
  await expect(meter.end(walks)).rejects.toThrow('1 of 2 orders were not found on every topic');
});
