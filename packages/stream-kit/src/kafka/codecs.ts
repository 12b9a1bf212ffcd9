import { decompress as unzstd } from 'fzstd';
import kafkajs from 'kafkajs';
// Plain JavaScript, both, so that installing needs no compiler and no install script.
import snappy from 'kafkajs-snappy';
import lz4js from 'lz4js';

const lz4 = lz4js as { decompress(data: Uint8Array): Uint8Array };

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
