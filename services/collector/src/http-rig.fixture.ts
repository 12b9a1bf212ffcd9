import { afterEach } from '@jest/globals';
import { createOpsServer, type OpsServer } from '@kairos/service-kit';
import { addSegmentApi, type SegmentApiOptions } from './adapters/fastify-segment-api.ts';
import { hashedWriteKeys, hashWriteKey } from './adapters/hashed-write-keys.ts';
import { memoryQuota } from './adapters/memory-quota.ts';
import { createIntake, type IntakeParts } from './intake.ts';
import type { DeadEntry, EventEntry, EventLog } from './ports.ts';

export const MIB = 1024 * 1024;

/** A log in memory; `failWith` makes it refuse. */
class MemoryLog implements EventLog {
  readonly events: EventEntry[] = [];
  readonly dead: DeadEntry[] = [];
  failWith: Error | undefined;
  trouble: string | undefined;
  async append(events: readonly EventEntry[], dead: readonly DeadEntry[]): Promise<void> {
    if (this.failWith !== undefined) throw this.failWith;
    this.events.push(...events);
    this.dead.push(...dead);
  }
}

const keys = hashedWriteKeys([
  { sourceId: 'site', kind: 'browser', keyHash: hashWriteKey('browser-key') },
  { sourceId: 'shop', kind: 'server', keyHash: hashWriteKey('server-key') },
  { sourceId: 'partner', kind: 'browser', keyHash: hashWriteKey('partner-key'), origins: ['https://partner.example'] },
]);

export interface RigOptions {
  readonly parts?: Partial<IntakeParts>;
  readonly api?: Partial<SegmentApiOptions>;
  readonly trustProxy?: string[];
}

async function startRig(collect: IntakeParts['collect'], more: RigOptions) {
  const log = new MemoryLog();
  const refusals: string[] = [];
  const intake = createIntake({
    keys,
    quota: memoryQuota({ perSecond: 1_000, burst: 100_000, nowMs: Date.now }),
    log,
    collect,
    isBot: () => false,
    newId: () => 'new-id',
    nowMs: Date.now,
    accepted: () => undefined,
    refused: (_, code) => refusals.push(code),
    ...more.parts,
  });
  const server = await createOpsServer({
    name: 'collector',
    host: '127.0.0.1',
    port: 0,
    ready: () => ({ ok: true, reasons: [] }),
    register: (fastify) =>
      addSegmentApi(fastify, {
        intake,
        limits: { maxBytes: 4 * MIB, maxHeldBytes: 64 * MIB, maxInflating: 4 },
        publicUrl: undefined,
        keepIp: true,
        ...more.api,
      }),
    ...(more.trustProxy === undefined ? {} : { fastify: { trustProxy: more.trustProxy } }),
  });
  return { log, refusals, server };
}

export const basic = (key: string) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
export const serverKey = { authorization: basic('server-key') };

export const track = { userId: 'u', event: 'Order Completed' };

/** The HTTP side of the collector over a log in memory, a fresh one for each `start`. */
export function httpRig(collect: IntakeParts['collect']) {
  let server: OpsServer | undefined;
  const close = async () => server?.close();
  afterEach(close);
  return {
    close,
    start: async (options: RigOptions = {}) => {
      const rig = await startRig(collect, options);
      server = rig.server;
      return { ...rig, url: server.url };
    },
    post: async (path: string, body: unknown, headers: Record<string, string> = serverKey) => {
      const raw = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
      const response = await fetch(`${server?.url}${path}`, { method: 'POST', body: raw as string, headers });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: JSON.parse(text) as Record<string, unknown>,
      };
    },
  };
}
