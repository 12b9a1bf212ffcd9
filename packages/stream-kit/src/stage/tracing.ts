import {
  type Context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';

/** A span that was started for a record; `traceparent` goes onto what the record leads to. */
export interface Traced {
  readonly traceparent: string | undefined;
  end(error?: unknown): void;
}

/** What the kit asks of tracing. */
export interface StageTracer {
  /** A record of a person is processed: a child of what the record carries. */
  process(about: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly traceparent: string | undefined;
    readonly startMs: number;
  }): Traced;
  /** A timer fired: a new trace, linked to the record that armed it. */
  fire(about: {
    readonly topic: string;
    readonly partition: number;
    readonly armedBy: string | undefined;
    readonly startMs: number;
  }): Traced;
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/;

/** W3C traceparent to span context; undefined when it is none. */
export const parseTraceparent = (header: string | undefined): SpanContext | undefined => {
  const match = header === undefined ? null : TRACEPARENT.exec(header);
  if (match === null) return undefined;
  const [, traceId = '', spanId = '', flags = '00'] = match;
  const context: SpanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(context) ? context : undefined;
};

/** Span context to W3C traceparent. */
export const formatTraceparent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;

const UNSAMPLED = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00$/;
const nothing = (): void => undefined;

const traced = (span: Span, otherwise: string | undefined): Traced => {
  const context = span.spanContext();
  return {
    traceparent: isSpanContextValid(context) ? formatTraceparent(context) : otherwise,
    end: (error) => {
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
      span.end();
    },
  };
};

const parentOf = (traceparent: string | undefined): Context => {
  const parent = parseTraceparent(traceparent);
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
};

/**
 * Traces through an OpenTelemetry tracer; with none registered, the incoming traceparent is passed on. So is that of a
 * trace which is not recorded: its first span has decided, and a record must not pay for a span that nobody will see.
 */
export const otelTracer = (tracer: Tracer): StageTracer => ({
  process: ({ topic, partition, offset, traceparent, startMs }) => {
    if (traceparent !== undefined && UNSAMPLED.test(traceparent)) return { traceparent, end: nothing };
    return traced(
      tracer.startSpan(
        `process ${topic}`,
        {
          kind: SpanKind.CONSUMER,
          startTime: startMs,
          attributes: {
            'messaging.system': 'kafka',
            'messaging.operation.type': 'process',
            'messaging.destination.name': topic,
            'messaging.destination.partition.id': String(partition),
            'messaging.kafka.offset': offset,
          },
        },
        parentOf(traceparent),
      ),
      traceparent,
    );
  },
  fire: ({ topic, partition, armedBy, startMs }) => {
    const cause = parseTraceparent(armedBy);
    return traced(
      tracer.startSpan(`fire ${topic}`, {
        root: true,
        kind: SpanKind.INTERNAL,
        startTime: startMs,
        links: cause === undefined ? [] : [{ context: cause }],
        attributes: { 'messaging.destination.name': topic, 'messaging.destination.partition.id': String(partition) },
      }),
      armedBy,
    );
  },
});

/** Passes on what came in. */
export const noTracer: StageTracer = {
  process: ({ traceparent }) => ({ traceparent, end: () => undefined }),
  fire: ({ armedBy }) => ({ traceparent: armedBy, end: () => undefined }),
};
