/** States as bytes for cuts: a pure core brings no text encoder of its own. */
export interface StateCodec {
  encode(state: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}
