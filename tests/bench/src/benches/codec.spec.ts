import { expect, it } from '@jest/globals';
import { CODEC_TOPICS, works } from './codec/works.ts';

it.each(CODEC_TOPICS)(
  'both paths of the codec bench encode and decode %s, and ours costs its framing',
  async (topic) => {
    const input = { topic, records: 20, rounds: 1 };
    const [ours, bare] = [await works.ours.run(input), await works.bare.run(input)];
    expect(ours.bytes).toBe(bare.bytes + 5);
    expect(ours.jsonBytes).toBeGreaterThan(ours.bytes);
  },
);
