import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import {
  failSpan,
  SpanKind,
  startSpan,
  startTelemetry,
  type Telemetry,
  traceIdOf,
  traceparentOf,
} from './telemetry.ts';

interface ExportedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly links?: readonly { readonly traceId: string }[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

/** The smallest thing that takes OTLP over HTTP in JSON. */
async function otlpSink(): Promise<{ server: Server; url: string; spans: ExportedSpan[] }> {
  const spans: ExportedSpan[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { resourceSpans } = JSON.parse(body) as {
        resourceSpans: { scopeSpans: { spans: ExportedSpan[] }[] }[];
      };
      for (const { scopeSpans } of resourceSpans) for (const scope of scopeSpans) spans.push(...scope.spans);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans };
}

let telemetry: Telemetry | undefined;
afterEach(async () => {
  await telemetry?.stop();
});

describe('without an endpoint', () => {
  it('ids still flow from cause to effect, marked as not sampled', () => {
    telemetry = startTelemetry({ service: 'shop' });
    const parent = traceparentOf(startSpan('a'));
    const child = traceparentOf(startSpan('b', { parent }));
    expect(parent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(traceIdOf(child)).toBe(traceIdOf(parent));
    // Nobody records it, so nobody could find it by an id of its own.
    expect(child).toBe(parent);
  });

  it('a malformed traceparent begins a new trace', () => {
    telemetry = startTelemetry({ service: 'shop' });
    for (const parent of ['', 'x', '00-00000000000000000000000000000000-0000000000000000-01']) {
      expect(traceparentOf(startSpan('a', { parent }))).toMatch(/^00-(?!0{32})/);
    }
  });
});

it('before telemetry is started there is no traceparent, and nothing fails', () => {
  const span = startSpan('a');
  expect(traceparentOf(span)).toBeUndefined();
  span.end();
});

it('with an endpoint everything is exported as OTLP JSON before stop resolves, with parents, links and failures', async () => {
  const { server, url, spans } = await otlpSink();
  try {
    telemetry = startTelemetry({ service: 'shop', version: '1', instance: 'i', endpoint: url });
    expect(telemetry.exporting).toBe(true);
    const armed = startSpan('armed');
    armed.end();
    const outer = startSpan('outer', { kind: SpanKind.SERVER, links: [traceparentOf(armed) ?? ''] });
    startSpan('inner', { parent: traceparentOf(outer) }).end();
    outer.end();
    const failing = startSpan('failing');
    failSpan(failing, Object.assign(new Error('ann@example.com is not known'), { code: 'E7' }));
    failing.end();
    await telemetry.stop();
    const named = (name: string) => spans.find((span) => span.name === name);
    expect(named('inner')?.parentSpanId).toBe(named('outer')?.spanId);
    expect(named('inner')?.traceId).toBe(named('outer')?.traceId);
    expect(named('outer')?.links?.[0]?.traceId).toBe(named('armed')?.traceId);
    expect(named('failing')?.status).toMatchObject({ code: 2, message: 'Error E7' });
    expect(JSON.stringify(spans)).not.toContain('ann@example.com');
  } finally {
    server.close();
  }
});

describe('with a share of traces sampled', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  const startAt = async (sampler: string, share: string) => {
    Object.assign(process.env, { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: share });
    const sink = await otlpSink();
    telemetry = startTelemetry({ service: 'shop', endpoint: sink.url });
    return sink;
  };

  it('a trace is recorded whole or not at all, and about as many are as were asked for', async () => {
    const { server, spans } = await startAt('parentbased_traceidratio', '0.2');
    try {
      let sampled = 0;
      for (let at = 0; at < 1_000; at += 1) {
        const root = startSpan('root');
        const child = startSpan('child', { parent: traceparentOf(root) });
        sampled += Number(root.isRecording());
        expect(child.isRecording()).toBe(root.isRecording());
        expect(traceIdOf(traceparentOf(child))).toBe(traceIdOf(traceparentOf(root)));
        child.end();
        root.end();
      }
      await telemetry?.stop();
      expect(sampled).toBeGreaterThan(120);
      expect(sampled).toBeLessThan(290);
      expect(spans.length).toBe(2 * sampled);
      const roots = spans.filter(({ name }) => name === 'root');
      const children = spans.filter(({ name }) => name === 'child');
      expect(new Set(children.map(({ parentSpanId }) => parentSpanId))).toEqual(
        new Set(roots.map(({ spanId }) => spanId)),
      );
    } finally {
      server.close();
    }
  });

  it('what the SDK starts through the global tracer follows the same rule', async () => {
    const { server, spans } = await startAt('parentbased_traceidratio', '0.2');
    try {
      const begun = Array.from({ length: 500 }, () => trace.getTracer('kairos').startSpan('fire', { root: true }));
      for (const span of begun) span.end();
      const ids = new Set(begun.map((span) => span.spanContext().traceId));
      expect(ids.size).toBe(500);
      await telemetry?.stop();
      expect(spans.length).toBe(begun.filter((span) => span.spanContext().traceFlags === 1).length);
      expect(spans.length).toBeGreaterThan(50);
    } finally {
      server.close();
    }
  });

  it('a sampler that does not look at parents is asked for every span', async () => {
    const { server } = await startAt('always_on', '');
    try {
      const child = startSpan('child', { parent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' });
      expect(child.isRecording()).toBe(true);
      child.end();
      await telemetry?.stop();
    } finally {
      server.close();
    }
  });
});
