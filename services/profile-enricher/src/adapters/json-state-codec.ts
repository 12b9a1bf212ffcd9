import type { StateCodec } from '../ports.ts';

/** States are plain JSON; a cut holds their UTF-8. */
export const jsonStateCodec: StateCodec = {
  encode: (state) => Buffer.from(JSON.stringify(state)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')),
};
