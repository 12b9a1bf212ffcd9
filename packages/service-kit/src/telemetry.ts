import {
  type Attributes,
  type Context,
  context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOffSampler, BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

export type { Attributes, Context, Span } from '@opentelemetry/api';
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
 * Starts tracing for this process. With an endpoint: OTLP/HTTP in JSON, sampling by OTEL_TRACES_SAMPLER (and _ARG).
 * Without: spans cost a random id each and are marked as not sampled.
 */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const { endpoint } = options;
  const resource = resourceFromAttributes({
    'service.name': options.service,
    'service.namespace': 'kairos',
    ...(options.version === undefined ? {} : { 'service.version': options.version }),
    ...(options.instance === undefined ? {} : { 'service.instance.id': options.instance }),
  });
  const provider =
    endpoint === undefined
      ? new NodeTracerProvider({ resource, sampler: new AlwaysOffSampler() })
      : new NodeTracerProvider({
          resource,
          spanProcessors: [
            new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }), {
              scheduledDelayMillis: 1_000,
              maxQueueSize: 8_192,
            }),
          ],
        });
  // Following a context through promises costs on every await: only when somebody reads the spans.
  provider.register(endpoint === undefined ? { contextManager: null } : {});
  return {
    exporting: endpoint !== undefined,
    async stop() {
      await provider.shutdown().catch(() => undefined);
      trace.disable();
      context.disable();
    },
  };
}

const tracer = () => trace.getTracer('kairos');

export interface SpanOptions {
  readonly kind?: SpanKind;
  /** W3C traceparent of the cause: this span becomes its child. */
  readonly parent?: string | undefined;
  /** A new trace, whatever is active. */
  readonly root?: boolean;
  /** traceparents of causes that are not the parent (the record that armed a timer; many inputs of one output). */
  readonly links?: readonly string[];
  /** Never a person, an address or a body. */
  readonly attributes?: Attributes;
}

/** Starts a span. The caller ends it. Without `parent` it is a child of what is active, else the root of a new trace. */
export function startSpan(name: string, options: SpanOptions = {}): Span {
  const { kind = SpanKind.INTERNAL, parent, links = [], attributes = {} } = options;
  const linked = links.flatMap((traceparent): Link[] => {
    const spanContext = parseTraceParent(traceparent);
    return spanContext === null ? [] : [{ context: spanContext }];
  });
  const active = options.root === true ? ROOT_CONTEXT : context.active();
  const from = parent === undefined ? active : contextFrom(parent);
  return tracer().startSpan(name, { kind, links: linked, attributes }, from);
}

/**
 * Runs `work` in a span: ended in any case, marked as failed when `work` throws. Code in `work` that starts spans while
 * nothing is exported names their parent (`traceparentOf(span)`).
 */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => T | Promise<T>,
): Promise<T> {
  const span = startSpan(name, options);
  try {
    return await context.with(trace.setSpan(context.active(), span), () => work(span));
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Marks a span as failed: the error's name and code, not its message (it may quote a person's data). */
export function failSpan(span: Span, error: unknown): void {
  const { name = 'Error', code } = error as { name?: string; code?: unknown };
  span.setStatus({ code: SpanStatusCode.ERROR, message: code === undefined ? name : `${name} ${String(code)}` });
}

/** W3C `traceparent` of a span, for a record's header; undefined when tracing was not started. */
export function traceparentOf(span: Span): string | undefined {
  const { traceId, spanId, traceFlags } = span.spanContext();
  if (!trace.isSpanContextValid(span.spanContext())) return undefined;
  return `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`;
}

/** Context whose active span is the remote one of a `traceparent`; the root when it is missing or malformed. */
export function contextFrom(traceparent: string | undefined): Context {
  const spanContext = traceparent === undefined ? null : parseTraceParent(traceparent);
  return spanContext === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...spanContext, isRemote: true });
}

/** The trace id inside a `traceparent`; undefined when malformed. */
export const traceIdOf = (traceparent: string | undefined): string | undefined =>
  traceparent === undefined ? undefined : parseTraceParent(traceparent)?.traceId;
