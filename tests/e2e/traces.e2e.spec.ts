import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTerminal, startHouse } from '@kairos/cli';
import { zoneByDay } from './kit/daytime.ts';
import { eventually, sendCall, type TimelineEntry, timelineOf, unique } from './kit/house.ts';
import { type OtlpSink, openOtlpSink, type SunkSpan } from './kit/otlp-sink.ts';

// A house of its own: its services are told where traces go, and an hour is a second in it.
let home: string;
let sink: OtlpSink;
let house: Awaited<ReturnType<typeof startHouse>>;
const before = process.env['KAIROS_E2E_HOME'];

beforeAll(async () => {
  sink = await openOtlpSink();
  home = await mkdtemp(path.join(tmpdir(), 'kairos-traces-'));
  Object.assign(process.env, {
    KAIROS_HOME: home,
    KAIROS_E2E_HOME: home,
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    OTEL_TRACES_SAMPLER: 'always_on',
  });
  house = await startHouse({ detach: false, stackOnly: false, timeScale: 3_600, terminal: openTerminal(true) });
}, 180_000);

afterAll(async () => {
  await house?.down();
  await sink?.close();
  for (const key of ['KAIROS_HOME', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_TRACES_SAMPLER']) delete process.env[key];
  if (before !== undefined) process.env['KAIROS_E2E_HOME'] = before;
  await rm(home, { recursive: true, force: true });
}, 60_000);

const walk = ['collector', 'profile-enricher', 'trigger-detector', 'arbitration', 'channel-dispatchers', 'metrics'];

const servicesOf = (spans: readonly SunkSpan[]): Set<string> => new Set(spans.map(({ service }) => service));

/** The entry of a person's timeline, once it is there. */
const entryOf = (userId: string, kind: TimelineEntry['kind'], title: string) =>
  eventually(`the ${kind} ${title} of ${userId}`, async () =>
    (await timelineOf(`user:${userId}`)).find((entry) => entry.kind === kind && entry.title === title),
  );

const traceIdOf = ({ traceId }: TimelineEntry): string => {
  if (traceId === null) throw new Error('the entry names no trace');
  return traceId;
};

describe('traces over Kafka', () => {
  it('an event trigger is one trace across six services, and every entry of the timeline names it', async () => {
    const userId = unique('traced');
    await sendCall('identify', { userId, traits: { email: `${userId}@example.com` } });
    await sendCall('track', { userId, event: 'Order Completed', properties: { total: 10, order_id: userId } });
    const event = await entryOf(userId, 'event', 'Order Completed');
    const traceId = traceIdOf(event);
    const spans = await eventually('spans of all six services', async () => {
      const found = sink.trace(traceId);
      return walk.every((service) => servicesOf(found).has(service)) && found;
    });
    expect([...servicesOf(spans)].sort()).toEqual([...walk].sort());
    // One tree: a root at the collector, and every other span is the child of one that is there.
    await eventually('the whole tree', async () => {
      const now = sink.trace(traceId);
      const known = new Set(now.map(({ spanId }) => spanId));
      return now.every(({ parentSpanId }) => parentSpanId === undefined || known.has(parentSpanId));
    });
    const roots = sink.trace(traceId).filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(roots.map(({ service, name }) => [service, name])).toEqual([['collector', 'POST /v1/track']]);
    for (const [kind, title] of [
      ['trigger', 'welcome'],
      ['decision', 'welcome-mail'],
      ['report', 'welcome-mail'],
    ] as const) {
      expect(traceIdOf(await entryOf(userId, kind, title))).toBe(traceId);
    }
    const end = Math.max(...sink.trace(traceId).map(({ endMs }) => endMs));
    process.stdout.write(
      `traces: ${sink.trace(traceId).length} spans, ${end - (roots[0]?.startMs ?? end)} ms from the request to the last of them\n`,
    );
  }, 90_000);

  it('a timer’s firing is a new trace, linked to that of the event that armed it', async () => {
    const userId = unique('timed');
    await sendCall('identify', { userId, traits: { email: `${userId}@example.com`, timezone: zoneByDay() } });
    await sendCall('track', { userId, event: 'Product Added', properties: { cart_id: userId, name: 'Walnut tray' } });
    const armed = traceIdOf(await entryOf(userId, 'event', 'Product Added'));
    const fired = traceIdOf(await entryOf(userId, 'trigger', 'cart-left'));
    expect(fired).not.toBe(armed);
    const spans = await eventually('the spans of the firing', async () => {
      const found = sink.trace(fired);
      return walk.slice(2).every((service) => servicesOf(found).has(service)) && found;
    });
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(roots.map(({ service }) => service)).toEqual(['trigger-detector']);
    expect(roots[0]?.links.map(({ traceId }) => traceId)).toEqual([armed]);
    // The link names a span that is really there.
    expect(sink.trace(armed).map(({ spanId }) => spanId)).toContain(roots[0]?.links[0]?.spanId);
    expect(traceIdOf(await entryOf(userId, 'report', 'cart-reminder'))).toBe(fired);
  }, 90_000);
});
