import { randomFillSync } from 'node:crypto';
import type { Exception, Span, SpanContext } from '@opentelemetry/api';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  type IdGenerator,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';

const SPAN_ID_BYTES = 8;
const TRACE_ID_BYTES = 16;
const POOL_BYTES = (SPAN_ID_BYTES + TRACE_ID_BYTES) * 256;
const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
let used = POOL_BYTES;

/** Random bytes in hex, from a pool: one call into the runtime for many ids. */
function randomHex(bytes: number): string {
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}

/** The ids of the SDK's spans. A trace whose id has decided already that it is sampled keeps that id. */
export class ChosenIds implements IdGenerator {
  #chosen: string | undefined;

  /** The next trace gets this id. */
  choose(traceId: string): void {
    this.#chosen = traceId;
  }

  generateTraceId(): string {
    const traceId = this.#chosen ?? randomHex(TRACE_ID_BYTES);
    this.#chosen = undefined;
    return traceId;
  }

  generateSpanId(): string {
    return randomHex(SPAN_ID_BYTES);
  }
}

/** Who decides which traces are recorded: at their first span, by nothing but the trace's id. */
export interface HeadSampling {
  /** For the SDK. */
  readonly sampler: Sampler;
  /** Whether what follows a span that isn't sampled isn't either. */
  readonly isParentBased: boolean;
  samples(traceId: string): boolean;
}

const headSampling = (root: Sampler, isParentBased: boolean): HeadSampling => ({
  sampler: isParentBased ? new ParentBasedSampler({ root }) : root,
  isParentBased,
  samples: (traceId) =>
    root.shouldSample(ROOT_CONTEXT, traceId, '', 0, {}, []).decision === SamplingDecision.RECORD_AND_SAMPLED,
});

export const noSampling = (): HeadSampling => {
  const never = new AlwaysOffSampler();
  return { sampler: never, isParentBased: true, samples: () => false };
};

const ratioOf = (text: string | undefined): number => {
  const ratio = text === undefined || text === '' ? Number.NaN : Number(text);
  return ratio >= 0 && ratio <= 1 ? ratio : 1;
};

/** What OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG ask for; without them, or with nonsense, every trace. */
export function samplingOf(env: Readonly<Record<string, string | undefined>>): HeadSampling {
  const name = env.OTEL_TRACES_SAMPLER ?? '';
  const isParentBased = name.startsWith('parentbased_');
  switch (name.replace('parentbased_', '')) {
    case 'always_off':
      return headSampling(new AlwaysOffSampler(), isParentBased);
    case 'always_on':
      return headSampling(new AlwaysOnSampler(), isParentBased);
    case 'traceidratio':
      return headSampling(new TraceIdRatioBasedSampler(ratioOf(env.OTEL_TRACES_SAMPLER_ARG)), isParentBased);
    default:
      return headSampling(new AlwaysOnSampler(), true);
  }
}

/** A new trace that nobody records: its `traceparent`. */
export const unsampledTrace = (traceId = randomHex(TRACE_ID_BYTES)): string =>
  `00-${traceId}-${randomHex(SPAN_ID_BYTES)}-00`;

export const newTraceId = (): string => randomHex(TRACE_ID_BYTES);

const UNSAMPLED = /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-00$/;

/** Whether this is a well-formed `traceparent` of a trace that is not recorded. */
export const isUnsampled = (traceparent: string): boolean => traceparent.length === 55 && UNSAMPLED.test(traceparent);

/**
 * A span of a trace that nobody records. It has no id of its own, since nobody will ever look for it: it hands on the
 * `traceparent` of its cause, and all else costs nothing.
 */
export class UnsampledSpan implements Span {
  readonly traceparent: string;

  constructor(traceparent: string) {
    this.traceparent = traceparent;
  }

  spanContext(): SpanContext {
    return { traceId: this.traceparent.slice(3, 35), spanId: this.traceparent.slice(36, 52), traceFlags: 0 };
  }

  isRecording(): boolean {
    return false;
  }

  end(): void {}
  recordException(_exception: Exception): void {}
  setAttribute(): this {
    return this;
  }
  setAttributes(): this {
    return this;
  }
  addEvent(): this {
    return this;
  }
  addLink(): this {
    return this;
  }
  addLinks(): this {
    return this;
  }
  setStatus(): this {
    return this;
  }
  updateName(): this {
    return this;
  }
}
