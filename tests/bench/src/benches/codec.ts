import type { Bench, BenchContext, FigureAbout } from '../kit/bench.ts';
import { median, pairedRatio } from '../kit/statistics.ts';
import { CODEC_TOPICS, type CodecInput, type CodecOutput, type CodecTopic, works } from './codec/works.ts';

const titles: Readonly<Record<CodecTopic, string>> = { 'events.enriched': 'Enriched', 'messages.proposed': 'Proposed' };

const figures: Record<string, FigureAbout> = {};
for (const topic of CODEC_TOPICS) {
  const title = titles[topic];
  Object.assign(figures, {
    [`ratio${title}`]: { about: `${topic}: encode + decode, our path ÷ bare avsc`, better: 'higher', gate: 0.9 },
    [`ratioEncode${title}`]: { about: `${topic}: encode alone`, better: 'higher' },
    [`ratioDecode${title}`]: { about: `${topic}: decode alone`, better: 'higher' },
    [`encodeUs${title}`]: { about: `${topic}: CPU µs to encode a record`, better: 'lower' },
    [`decodeUs${title}`]: { about: `${topic}: CPU µs to decode a record`, better: 'lower' },
    [`bytes${title}`]: { about: `${topic}: bytes of a record with its framing` },
    [`ratioJsonBytes${title}`]: { about: `${topic}: bytes ÷ the same record as JSON`, better: 'lower' },
  } satisfies Record<string, FigureAbout>);
}

const measureTopic = async (context: BenchContext, topic: CodecTopic): Promise<Record<string, number[]>> => {
  const input: CodecInput = context.quick ? { topic, records: 500, rounds: 4 } : { topic, records: 10_000, rounds: 40 };
  const taken = await context.interleave({
    [`${topic} ours`]: () => context.work(works.ours, input),
    [`${topic} bare`]: () => context.work(works.bare, input),
  });
  const [ours = [], bare = []] = Object.values<CodecOutput[]>(taken);
  // Per µs of CPU: a rate, so a larger ratio is better.
  const ratio = (of: (one: CodecOutput) => number): number[] =>
    ours.map((one, at) => pairedRatio([of(bare[at] ?? one)], [of(one)]));
  const title = titles[topic];
  return {
    [`ratio${title}`]: ratio(({ encodeUs, decodeUs }) => encodeUs + decodeUs),
    [`ratioEncode${title}`]: ratio(({ encodeUs }) => encodeUs),
    [`ratioDecode${title}`]: ratio(({ decodeUs }) => decodeUs),
    [`encodeUs${title}`]: ours.map(({ encodeUs }) => encodeUs),
    [`decodeUs${title}`]: ours.map(({ decodeUs }) => decodeUs),
    [`bytes${title}`]: ours.map(({ bytes }) => bytes),
    [`ratioJsonBytes${title}`]: ours.map(({ bytes, jsonBytes }) => bytes / jsonBytes),
  };
};

/** Our way from value to bytes and back, against avsc as its README has it. */
export const codec: Bench = {
  name: 'codec',
  about: 'encode and decode as every task does ÷ bare avsc, on the real schemas',
  figures,
  run: async (context) => {
    const samples: Record<string, number[]> = {};
    for (const topic of CODEC_TOPICS) Object.assign(samples, await measureTopic(context, topic));
    return {
      figures: Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)])),
      samples,
    };
  },
};
