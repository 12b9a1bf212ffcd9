/** States as plain JSON; a cut holds their UTF-8. A pure core has no text encoder of its own and is handed this one. */
export const jsonStateCodec = {
  encode: (state: unknown): Uint8Array => Buffer.from(JSON.stringify(state)),
  decode: (bytes: Uint8Array): unknown =>
    JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')),
};
