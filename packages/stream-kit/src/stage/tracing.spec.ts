import { describe, expect, it } from '@jest/globals';
import { enrichedRecord, headers } from '@kairos/contracts';
import {
  INVALID_SPAN_CONTEXT,
  type Link,
  type SpanContext,
  type SpanOptions,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { until } from '../kafka/port-kit.fixture.ts';
import { createWalkTopics } from '../kafka/walk-topics.ts';
import { countingProcessor, enriched, QUIET_MS } from '../memory/counting.fixture.ts';
import { memoryKafka } from '../memory/memory-kafka.ts';
import type { IncomingRecord } from '../ports.ts';
import { memorySerde } from '../serde/memory-serde.ts';
import { startStage } from './start-stage.ts';
import { formatTraceparent, otelTracer, parseTraceparent } from './tracing.ts';

const INCOMING = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

interface Told {
  readonly name: string;
  readonly traceId: string;
  readonly parentId: string | undefined;
  readonly links: readonly Link[];
  ended: boolean;
}

/** Just enough of an SDK: a child keeps its parent's trace, a root begins one. */
const fakeTracer = (): { tracer: Tracer; told: Told[] } => {
  const told: Told[] = [];
  const startSpan = (name: string, options: SpanOptions = {}, context?: Parameters<typeof trace.getSpanContext>[0]) => {
    const parent = options.root === true || context === undefined ? undefined : trace.getSpanContext(context);
    const own: SpanContext = {
      traceId: parent?.traceId ?? `${told.length + 1}`.padStart(32, 'f'),
      spanId: `${told.length + 1}`.padStart(16, 'a'),
      traceFlags: 1,
    };
    const one: Told = {
      name,
      traceId: own.traceId,
      parentId: parent?.spanId,
      links: options.links ?? [],
      ended: false,
    };
    told.push(one);
    const span = trace.wrapSpanContext(own);
    return Object.assign(span, {
      end: () => {
        one.ended = true;
      },
    });
  };
  return { tracer: { startSpan } as unknown as Tracer, told };
};

describe('traceparent', () => {
  it('is read and written as W3C says, and garbage is none', () => {
    const context = parseTraceparent(INCOMING);
    expect(context && formatTraceparent(context)).toBe(INCOMING);
    for (const garbage of [undefined, '', '00-xyz', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`])
      expect(parseTraceparent(garbage)).toBeUndefined();
  });

  it('is passed on where no SDK is registered', () => {
    const tracer = otelTracer({ startSpan: () => trace.wrapSpanContext(INVALID_SPAN_CONTEXT) } as unknown as Tracer);
    expect(tracer.process({ topic: 't', partition: 0, offset: 0, traceparent: INCOMING, startMs: 0 }).traceparent).toBe(
      INCOMING,
    );
  });
});

it('a record of a trace that is not recorded gets no span, and what follows belongs to that trace', () => {
  const { tracer, told } = fakeTracer();
  const unsampled = `${INCOMING.slice(0, -2)}00`;
  const about = { topic: 't', partition: 0, offset: 0, startMs: 0 };
  expect(otelTracer(tracer).process({ ...about, traceparent: unsampled }).traceparent).toBe(unsampled);
  expect(told).toEqual([]);
  otelTracer(tracer).process({ ...about, traceparent: INCOMING });
  expect(told.length).toBe(1);
});

describe('the traces of a stage', () => {
  it('continue the record’s trace, and begin a new one, with a link, when a timer fires', async () => {
    const kafka = memoryKafka();
    const serde = memorySerde();
    const { tracer, told } = fakeTracer();
    await createWalkTopics(kafka, { partitions: 1 });
    const sound = countingProcessor();
    const stage = await startStage({
      kafka,
      serde,
      groupId: 'g',
      tracer: otelTracer(tracer),
      fail: () => undefined,
      // State would keep the traceparent of what armed the timer; here it is always the same one.
      processor: () => ({
        ...sound,
        fire: (state, key, context) =>
          sound.fire?.(state, key, { ...context, traceparent: INCOMING }) ?? { state, emissions: [] },
      }),
    });
    const producer = await kafka.producer();
    await producer.send([
      {
        topic: 'events.enriched',
        key: 'user:1',
        value: serde.encode('events.enriched', enriched('user:1', 'm', 0)),
        headers: { traceparent: INCOMING },
      },
      {
        topic: 'events.enriched',
        key: '',
        value: serde.encode('events.enriched', enrichedRecord({ time: { timeMs: QUIET_MS } })),
      },
    ]);
    await until('both', () => stage.status()[0]?.nextOffset === 2);
    await stage.close();
    const out: IncomingRecord[] = [];
    await (
      await kafka.read({ topic: 'messages.proposed', partitions: [0], onRecords: (more) => void out.push(...more) })
    ).done;
    expect(told.map(({ name, ended }) => [name, ended])).toEqual([
      ['process events.enriched', true],
      ['fire events.enriched', true],
    ]);
    const [processed, fired] = told;
    expect([processed?.traceId, processed?.parentId]).toEqual(['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']);
    expect(fired?.traceId).not.toBe(processed?.traceId);
    expect(fired?.links.map(({ context }) => context.traceId)).toEqual(['0af7651916cd43dd8448eb211c80319c']);
    const carried = out.map((record) => parseTraceparent(record.headers[headers.traceparent]?.toString())?.traceId);
    // The count, the firing, and time itself, which belongs to nobody.
    expect(carried).toEqual([processed?.traceId, fired?.traceId, undefined]);
  });
});
