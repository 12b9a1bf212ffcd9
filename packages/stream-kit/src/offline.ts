/**
 * What a walk without a log needs, and what its states are written with: neither a broker's client nor a registry's, so
 * that a thread has loaded it in no time.
 */
export { jsonStateCodec } from './json-state-codec.ts';
export type { DirectRunnerOptions } from './memory/direct-options.ts';
export { createDirectRunner, type DirectRunner } from './memory/direct-runner.ts';
export { partitionOf } from './partition-of.ts';
export { FlatReader, FlatWriter } from './serde/flat-bytes.ts';
