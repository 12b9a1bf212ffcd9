import { schemas, type TopicName, type TopicValues } from '@kairos/contracts';
import { createSerde } from '@kairos/stream-kit';
import avro, { type Schema } from 'avsc';
import { measure } from '../../kit/measure.ts';
import { enrichedShopRecord, proposedShopRecord } from '../../kit/samples.ts';
import { startStubRegistry } from '../../kit/stub-registry.ts';
import { declareWorks } from '../../kit/work.ts';

export const CODEC_TOPICS = ['events.enriched', 'messages.proposed'] as const;
export type CodecTopic = (typeof CODEC_TOPICS)[number];

export interface CodecInput {
  readonly topic: CodecTopic;
  readonly records: number;
  /** How often all records are encoded and decoded; half as many rounds go before, unmeasured. */
  readonly rounds: number;
}

export interface CodecOutput {
  readonly encodeUs: number;
  readonly decodeUs: number;
  /** Bytes of a record, framing and all, on average. */
  readonly bytes: number;
  readonly jsonBytes: number;
}

interface Path {
  encode(value: object): Buffer;
  decode(bytes: Buffer): unknown;
}

const samples = (topic: CodecTopic, count: number): object[] =>
  Array.from({ length: count }, (_, at) =>
    topic === 'events.enriched' ? enrichedShopRecord(at) : proposedShopRecord(at),
  );

/** The serde that every service runs with. */
const ours = async (topic: TopicName): Promise<Path> => {
  const registry = await startStubRegistry();
  const serde = await createSerde({ registryUrl: registry.url, topics: [topic] });
  await registry.close();
  return {
    encode: (value) => serde.encode(topic, value as TopicValues[typeof topic]),
    decode: (bytes) => serde.decode(topic, bytes),
  };
};

/** avsc as its README has it, without framing: the least that anybody can do who stays with this library. */
const bare = (topic: CodecTopic): Path => {
  const type = avro.Type.forSchema(schemas[topic] as unknown as Schema);
  return { encode: (value) => type.toBuffer(value), decode: (bytes) => type.fromBuffer(bytes) };
};

const run = async ({ topic, records, rounds }: CodecInput, path: Path): Promise<CodecOutput> => {
  const values = samples(topic, records);
  const encoded = values.map((value) => path.encode(value));
  // What is read is summed up, so that no compiler may leave the work out.
  let seen = 0;
  const encodeAll = (): void => {
    for (const value of values) seen += path.encode(value).length;
  };
  const decodeAll = (): void => {
    for (const bytes of encoded) seen += path.decode(bytes) === null ? 0 : 1;
  };
  const timed = async (all: () => void): Promise<number> => {
    for (let round = 0; round < Math.ceil(rounds / 2); round += 1) all();
    const { cpuS } = await measure(() => {
      for (let round = 0; round < rounds; round += 1) all();
    });
    return (cpuS * 1e6) / (records * rounds);
  };
  const [encodeUs, decodeUs] = [await timed(encodeAll), await timed(decodeAll)];
  if (seen === 0) throw new Error('nothing was encoded');
  const mean = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  return {
    encodeUs,
    decodeUs,
    bytes: mean(encoded.map(({ length }) => length)),
    jsonBytes: mean(values.map((value) => Buffer.byteLength(JSON.stringify(value)))),
  };
};

export const works = declareWorks(import.meta.url, {
  ours: async (input: CodecInput) => run(input, await ours(input.topic)),
  bare: (input: CodecInput) => run(input, bare(input.topic)),
});
