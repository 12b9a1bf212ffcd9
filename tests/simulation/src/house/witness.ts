import type { Emission, FlatCodec, Processor, StepContext, StepResult } from '@kairos/stream-kit';

/** A state together with the names of all that took effect in it, in order. */
export interface Witnessed<S> {
  readonly inner: S | undefined;
  readonly seen: readonly string[];
}

/** Names what a record and its outputs did to the person, for example `event:m7`. */
export type Naming<R> = (record: R | undefined, emissions: readonly Emission[]) => readonly string[];

const LENGTH_BYTES = 4;

type WitnessedCodec<S, R, P> = Pick<Processor<Witnessed<S>, R, P>, 'encode' | 'decode' | 'flat'>;

const namesBefore = (seen: readonly string[], into: Buffer, at: number): number => {
  const names = Buffer.from(JSON.stringify(seen));
  if (at + LENGTH_BYTES + names.length > into.length) return -1;
  into.writeUInt32BE(names.length, at);
  into.set(names, at + LENGTH_BYTES);
  return at + LENGTH_BYTES + names.length;
};

type Parts<S> = NonNullable<FlatCodec<S>['parts']>;

/** What was seen stands before the processor's own head. */
const partsOf = <S>(parts: Parts<S>): Parts<Witnessed<S>> => ({
  bodyOf: ({ inner }) => (inner === undefined ? null : parts.bodyOf(inner)),
  heads: {
    encodeInto({ inner, seen }, into, at) {
      const start = namesBefore(seen, into, at);
      return start < 0 || inner === undefined ? start : parts.heads.encodeInto(inner, into, start);
    },
  },
  decode({ bytes, start, end }, body) {
    const named = start + LENGTH_BYTES + bytes.readUInt32BE(start);
    const seen = JSON.parse(bytes.toString('utf8', start + LENGTH_BYTES, named)) as string[];
    return { inner: parts.decode({ bytes, start: named, end }, body), seen };
  },
});

/** States with what was seen, in the same form as the processor's own: flat where it is flat. */
const codecOf = <S, R, P>(processor: Processor<S, R, P>): WitnessedCodec<S, R, P> => {
  const encode = ({ inner, seen }: Witnessed<S>): Buffer => {
    const names = Buffer.from(JSON.stringify(seen));
    const head = Buffer.alloc(LENGTH_BYTES);
    head.writeUInt32BE(names.length);
    return Buffer.concat([head, names, inner === undefined ? Buffer.alloc(0) : processor.encode(inner)]);
  };
  const decode = (bytes: Uint8Array): Witnessed<S> => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = LENGTH_BYTES + buffer.readUInt32BE(0);
    const seen = JSON.parse(buffer.toString('utf8', LENGTH_BYTES, end)) as string[];
    return { inner: end === buffer.length ? undefined : processor.decode(buffer.subarray(end)), seen };
  };
  const { flat } = processor;
  if (flat === undefined) return { encode, decode };
  const { parts } = flat;
  return {
    encode,
    decode,
    flat: {
      ...(parts === undefined ? {} : { parts: partsOf(parts) }),
      encodeInto(state, into, at) {
        const bytes = encode(state);
        if (at + bytes.length > into.length) return -1;
        into.set(bytes, at);
        return at + bytes.length;
      },
      decodeFrom: (bytes, from, to) => decode(bytes.subarray(from, to)),
    },
  };
};

/**
 * The real processor, with a memory of what took effect. The names lie in the state, so they are cut, restored and
 * replayed with it: what is lost or doubled in the state is lost or doubled in them. Changes nothing that comes out.
 */
export const witnessed = <S, R, P>(
  processor: Processor<S, R, P>,
  namesOf: Naming<R>,
): Processor<Witnessed<S>, R, P> => {
  const after = (
    before: Witnessed<S> | undefined,
    { state, ...said }: StepResult<S>,
    names: readonly string[],
  ): StepResult<Witnessed<S>> => {
    if (state === before?.inner && names.length === 0) return { state: before, ...said };
    const seen = names.length === 0 ? (before?.seen ?? []) : [...(before?.seen ?? []), ...names];
    return { state: state === undefined && seen.length === 0 ? undefined : { inner: state, seen }, ...said };
  };
  // Passed over or not, the witness must hear of every record.
  const { fire, dueAtMs, flat: _flat, passesOver: _passesOver, ...others } = processor;
  const firing =
    fire === undefined
      ? {}
      : {
          fire(state: Witnessed<S>, key: string, context: StepContext<P>): StepResult<Witnessed<S>> {
            if (state.inner === undefined) return { state, emissions: [] };
            const result = fire.call(processor, state.inner, key, context);
            return after(state, result, namesOf(undefined, result.emissions));
          },
        };
  const timing =
    dueAtMs === undefined
      ? {}
      : {
          dueAtMs: ({ inner }: Witnessed<S>): number | undefined =>
            inner === undefined ? undefined : dueAtMs.call(processor, inner),
        };
  const codec = codecOf(processor);
  return {
    ...others,
    ...codec,
    step(state, record, context) {
      const result = processor.step(state?.inner, record, context);
      return after(state, result, namesOf(record, result.emissions));
    },
    ...firing,
    ...timing,
  };
};
