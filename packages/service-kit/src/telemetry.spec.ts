import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  SpanKind,
  startSpan,
  startTelemetry,
  type Telemetry,
  traceIdOf,
  traceparentOf,
  withSpan,
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
    expect(child).not.toBe(parent);
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
    await withSpan('outer', { kind: SpanKind.SERVER, links: [traceparentOf(armed) ?? ''] }, async () => {
      await Promise.resolve();
      startSpan('inner').end();
    });
    const failing = withSpan('failing', {}, () => {
      throw Object.assign(new Error('ann@example.com is not known'), { code: 'E7' });
    });
    await expect(failing).rejects.toThrow();
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
