import { createRequire } from 'node:module';
import { decompress as unzstd } from 'fzstd';
import kafkajs from 'kafkajs';

const require = createRequire(import.meta.url);
// Neither package has types; both are plain JavaScript, so that installing needs no compiler and no install script.
const snappy: unknown = require('kafkajs-snappy');
const lz4: { decompress(data: Uint8Array): Uint8Array } = require('lz4js');

const readOnly = (name: string, decompress: (data: Buffer) => Uint8Array) => () => ({
  compress: (): Promise<Buffer> => Promise.reject(new Error(`Kairos reads ${name} and never writes it`)),
  decompress: async (data: Buffer): Promise<Buffer> => {
    const inflated = decompress(data);
    return Buffer.from(inflated.buffer, inflated.byteOffset, inflated.byteLength);
  },
});

/** Teaches kafkajs to read what foreign producers compress (gzip it knows). Safe to call twice. */
export const registerCodecs = (): void => {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.Snappy] = snappy as () => unknown;
  CompressionCodecs[CompressionTypes.LZ4] = readOnly('lz4', (data) => lz4.decompress(data));
  CompressionCodecs[CompressionTypes.ZSTD] = readOnly('zstd', (data) => unzstd(data));
};
