import { beforeAll, describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { registerCodecs } from './codecs.ts';

// Written by the Java client 4.3.0 (`Compression.of(name).build().wrapForOutput`).
const written: Readonly<Record<string, string>> = {
  lz4: 'BCJNGGBAgrAAAAD5AEthaXJvcyBoZWFycyAwIA8AGjEPABoyDwAaMw8AGjQPABo1DwAaNg8AGjcPABo4DwAaOQ8AHDGXAAuYABsxmQAbMZoAGzGbABsxnAAbMZ0AGzGeABsxnwAbMaAAGzKgABsyoAAbMqAAGzKgABsyoAAbMqAAGzKgABsyoAAbMqAAGzKgABszoAAbM6AAGzOgABszoAAbM6AAGzOgABszoAAbM6AAGTOgAFBzIDM5IAAAAAA=',
  zstd: 'KLUv/QBYDAQAdANLYWlyb3MgaGVhcnMgMCAxMjM0NTY3ODkxMTExMTExMTEyMjIyMjIyMjIyMzMzMzMzMzMzMzkgJyCAo9IDnXS3Y53ormM76U7HOtFdx3TSXcd20p2O3cmI7kR1LFQnoLr71DFPnXTqjlPHmzrTIKws8pWZLOSTGVnkYzIrR6wDAQAA',
  snappy:
    'glNOQVBQWQAAAAABAAAAAQAAANX2BDhLYWlyb3MgaGVhcnMgMCAyDwAAMTYPAAAyNg8AADM2DwAANDYPAAA1Ng8AADY2DwAANzYPAAA4Ng8AADk2DwAAMT6XADqYAAAxOpkAADE6mgAAMTqbAAAxOpwAADE6nQAAMTqeAAAxOp8AADE6oAAAMjqgAAAyOqAAADI6oAAAMjqgAAAyOqAAADI6oAAAMjqgAAAyOqAAADI6oAAAMjqgAAAzOqAAADM6oAAAMzqgAAAzOqAAADM6oAAAMzqgAAAzOqAAADM6oAAAMzqgAAgzOSA=',
};
const text = Array.from({ length: 40 }, (_none, at) => `Kairos hears ${at} `).join('');
const types: Readonly<Record<string, number>> = {
  lz4: kafkajs.CompressionTypes.LZ4,
  zstd: kafkajs.CompressionTypes.ZSTD,
  snappy: kafkajs.CompressionTypes.Snappy,
};

interface Codec {
  decompress(data: Buffer): Promise<Buffer>;
}

describe('compression of foreign producers', () => {
  beforeAll(registerCodecs);

  it.each(Object.keys(written))('inflates what the Java client deflated with %s', async (name) => {
    const make = kafkajs.CompressionCodecs[types[name] as keyof typeof kafkajs.CompressionCodecs] as () => Codec;
    const inflated = await make().decompress(Buffer.from(written[name] ?? '', 'base64'));
    expect(inflated.toString()).toBe(text);
  });

  it.each(['lz4', 'zstd', 'snappy'])('rejects %s that was cut off, and does not hang', async (name) => {
    const make = kafkajs.CompressionCodecs[types[name] as keyof typeof kafkajs.CompressionCodecs] as () => Codec;
    const whole = Buffer.from(written[name] ?? '', 'base64');
    const answer = await make()
      .decompress(whole.subarray(0, whole.length - 20))
      .then(
        (data) => data.toString(),
        () => 'rejected',
      );
    expect(answer).not.toBe(text);
  });
});
