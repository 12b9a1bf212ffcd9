import {
  type Attributes,
  type Context,
  type Link,
  ROOT_CONTEXT,
  type SpanOptions as SdkSpanOptions,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import {
  ChosenIds,
  type HeadSampling,
  isUnsampled,
  newTraceId,
  noSampling,
  samplingOf,
  UnsampledSpan,
  unsampledTrace,
} from './sampling.ts';

export type { Attributes, Span } from '@opentelemetry/api';
export { SpanKind } from '@opentelemetry/api';

export interface Telemetry {
  /** Whether spans leave the process. */
  readonly exporting: boolean;
  /** Sends what waits, then stops. */
  stop(): Promise<void>;
}

export interface TelemetryOptions {
  readonly service: string;
  readonly version?: string;
  readonly instance?: string;
  /** OTLP over HTTP; without it spans are not recorded, and ids still flow, so logs and timelines can be joined. */
  readonly endpoint?: string;
}

/**
 * Asks the SDK only for spans that are recorded. Whether a trace is one of them is decided by its id at its first span;
 * the rest of it, in all services, costs the reading of one flag.
 */
class HeadTracer implements Tracer {
  readonly #sdk: Tracer;
  readonly #sampling: HeadSampling;
  readonly #ids: ChosenIds;

  constructor(sdk: Tracer, sampling: HeadSampling, ids: ChosenIds) {
    this.#sdk = sdk;
    this.#sampling = sampling;
    this.#ids = ids;
  }

  /**
   * The span, if its trace is not recorded; else `record` must be called next. Without a parent (or with what is no
   * `traceparent`) a new trace begins.
   */
  unsampled(parent: string | undefined): UnsampledSpan | undefined {
    if (parent !== undefined) {
      if (this.#sampling.isParentBased && isUnsampled(parent)) return new UnsampledSpan(parent);
      if (parseTraceParent(parent) !== null) return undefined;
    }
    const traceId = newTraceId();
    if (!this.#sampling.samples(traceId)) return new UnsampledSpan(unsampledTrace(traceId));
    this.#ids.choose(traceId);
    return undefined;
  }

  record(name: string, options: SdkSpanOptions, from: Context): Span {
    return this.#sdk.startSpan(name, options, from);
  }

  startSpan(name: string, options: SdkSpanOptions = {}, from: Context = ROOT_CONTEXT): Span {
    const isRoot = options.root === true || trace.getSpanContext(from) === undefined;
    return (isRoot ? this.unsampled(undefined) : undefined) ?? this.record(name, options, from);
  }

  startActiveSpan(): never {
    // Nothing follows a context through promises here: that costs on every await.
    throw new Error('spans name their parent');
  }
}

let head: HeadTracer | undefined;

/**
 * Starts tracing for this process. With an endpoint: OTLP/HTTP in JSON, sampling by OTEL_TRACES_SAMPLER (and _ARG).
 * Without: a trace costs a random id and is marked as not sampled.
 */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const { endpoint } = options;
  const resource = resourceFromAttributes({
    'service.name': options.service,
    'service.namespace': 'kairos',
    ...(options.version === undefined ? {} : { 'service.version': options.version }),
    ...(options.instance === undefined ? {} : { 'service.instance.id': options.instance }),
  });
  const sampling = endpoint === undefined ? noSampling() : samplingOf(process.env);
  const idGenerator = new ChosenIds();
  const provider = new NodeTracerProvider({
    resource,
    sampler: sampling.sampler,
    idGenerator,
    spanProcessors:
      endpoint === undefined
        ? []
        : [
            new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }), {
              scheduledDelayMillis: 1_000,
              maxQueueSize: 8_192,
            }),
          ],
  });
  // No context manager: following a context through promises costs on every await of the process.
  const tracer = new HeadTracer(provider.getTracer('kairos'), sampling, idGenerator);
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  head = tracer;
  return {
    exporting: endpoint !== undefined,
    async stop() {
      if (head === tracer) head = undefined;
      await provider.shutdown().catch(() => undefined);
      trace.disable();
    },
  };
}

export interface SpanOptions {
  readonly kind?: SpanKind;
  /** W3C traceparent of the cause: this span becomes its child. Without it (or with a malformed one) a new trace begins. */
  readonly parent?: string | undefined;
  /** traceparents of causes that are not the parent (the record that armed a timer; many inputs of one output). */
  readonly links?: readonly string[];
  /** Never a person, an address or a body. */
  readonly attributes?: Attributes;
}

/** Starts a span. The caller ends it. */
export function startSpan(name: string, options: SpanOptions = {}): Span {
  const { kind = SpanKind.INTERNAL, parent, links = [], attributes = {} } = options;
  if (head === undefined) return trace.getTracer('kairos').startSpan(name);
  const unsampled = head.unsampled(parent);
  if (unsampled !== undefined) return unsampled;
  const linked = links.flatMap((traceparent): Link[] => {
    const spanContext = parseTraceParent(traceparent);
    return spanContext === null ? [] : [{ context: spanContext }];
  });
  return head.record(name, { kind, links: linked, attributes }, contextFrom(parent));
}

/** Marks a span as failed: the error's name and code, not its message (it may quote a person's data). */
export function failSpan(span: Span, error: unknown): void {
  const { name = 'Error', code } = error as { name?: string; code?: unknown };
  span.setStatus({ code: SpanStatusCode.ERROR, message: code === undefined ? name : `${name} ${String(code)}` });
}

/** W3C `traceparent` of a span, for a record's header; undefined when tracing was not started. */
export function traceparentOf(span: Span): string | undefined {
  if (span instanceof UnsampledSpan) return span.traceparent;
  const { traceId, spanId, traceFlags } = span.spanContext();
  if (!trace.isSpanContextValid(span.spanContext())) return undefined;
  return `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`;
}

/** Context whose active span is the remote one of a `traceparent`; the root when it is missing or malformed. */
function contextFrom(traceparent: string | undefined): Context {
  const spanContext = traceparent === undefined ? null : parseTraceParent(traceparent);
  return spanContext === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...spanContext, isRemote: true });
}

/** The trace id inside a `traceparent`; undefined when malformed. */
export const traceIdOf = (traceparent: string | undefined): string | undefined =>
  traceparent === undefined ? undefined : parseTraceParent(traceparent)?.traceId;
