import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { commonKeys } from './config/common-keys.ts';
import { env } from './config/key-spec.ts';
import { defineConfig } from './config/load-config.ts';
import type { OpsServer } from './http.ts';
import { type Host, type RunningService, runService, type ServiceContext } from './lifecycle.ts';

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });

type Listener = (cause: unknown) => void;

/** A process that is none: signals are sent by the test, the exit is recorded. */
class FakeHost implements Host {
  readonly env: Record<string, string>;
  readonly listeners = new Map<string, Listener>();
  readonly printed: string[] = [];
  readonly exits: number[] = [];
  #exited: (code: number) => void = () => undefined;
  readonly exited = new Promise<number>((resolve) => {
    this.#exited = resolve;
  });
  constructor(environment: Record<string, string> = {}) {
    this.env = { LOG_LEVEL: 'silent', HTTP_PORT: '0', ...environment };
  }
  on(event: string, listener: Listener): void {
    this.listeners.set(event, listener);
  }
  exit(code: number): void {
    this.exits.push(code);
    this.#exited(code);
  }
  printError(text: string): void {
    this.printed.push(text);
  }
  signal(name: string): void {
    this.listeners.get(name)?.(name);
  }
}

const config = defineConfig({ ...commonKeys({ httpPort: 0 }), SHOP_NAME: env.text({ about: 'x', default: 'shop' }) });
const ready = { ok: true, reasons: [] };
type Context = ServiceContext<{ readonly SHOP_NAME: string }>;

let last: FakeHost | undefined;
let lastContext: Context | undefined;
/** A hard exit closes nothing, and here the process goes on. */
let server: OpsServer | undefined;
const run = async (
  start: (context: Context) => Promise<RunningService> | RunningService,
  options: { environment?: Record<string, string>; drainMs?: number; servesItself?: boolean } = {},
) => {
  const host = new FakeHost(options.environment);
  last = host;
  const { drainMs } = options;
  const begun = runService(
    {
      name: 'shop',
      config,
      ...(drainMs === undefined ? {} : { drainMs }),
      start: async (context) => {
        lastContext = context;
        if (options.servesItself !== true) server = await context.serve();
        return start(context);
      },
    },
    host,
  );
  return { host, begun };
};

afterEach(async () => {
  if (last?.exits.length === 0) {
    last.signal('SIGTERM');
    await last.exited;
  }
  last = undefined;
  await server?.close();
  server = undefined;
});

describe('a service', () => {
  it('drains on SIGTERM: stop first, then what was opened in reverse, then exit 0', async () => {
    const order: string[] = [];
    const { host, begun } = await run((context) => {
      context.onStop('first', () => order.push('first closed'));
      context.onStop('second', () => order.push('second closed'));
      return { ready: () => ready, stop: async () => void order.push('drained') };
    });
    await begun;
    host.signal('SIGTERM');
    expect(await host.exited).toBe(0);
    expect(order).toEqual(['drained', 'second closed', 'first closed']);
    expect(lastContext?.stopping.aborted).toBe(true);
  });

  it('answers ready only between start and stop', async () => {
    let url = '';
    let finishStart = (): void => undefined;
    let finishStop = (): void => undefined;
    const { host, begun } = await run(async () => {
      url = server?.url ?? '';
      await new Promise<void>((resolve) => {
        finishStart = resolve;
      });
      return {
        ready: () => ready,
        stop: () =>
          new Promise<void>((resolve) => {
            finishStop = resolve;
          }),
      };
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const answer = async () => (await (await fetch(`${url}/readyz`)).json()) as { ok: boolean; reasons: string[] };
    expect(await answer()).toMatchObject({ ok: false, reasons: ['starting'] });
    finishStart();
    await begun;
    expect(await answer()).toMatchObject({ ok: true });
    host.signal('SIGINT');
    expect(await answer()).toMatchObject({ ok: false, reasons: ['stopping'] });
    finishStop();
    expect(await host.exited).toBe(0);
  });

  it('opens its probes by itself once it has started', async () => {
    const port = await freePort();
    const { host, begun } = await run(() => ({ ready: () => ready }), {
      servesItself: true,
      environment: { HTTP_PORT: String(port) },
    });
    await begun;
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    host.signal('SIGTERM');
    expect(await host.exited).toBe(0);
  });

  it('is undone when its start fails half way, and ends with 1', async () => {
    const closed: string[] = [];
    const { host, begun } = await run((context) => {
      context.onStop('broker', () => closed.push('broker'));
      throw new Error('no database');
    });
    await begun;
    expect(host.exits).toEqual([1]);
    expect(closed).toEqual(['broker']);
  });

  it('closes the rest when one part cannot be closed, and says so by its code', async () => {
    const closed: string[] = [];
    const { host, begun } = await run((context) => {
      context.onStop('first', () => closed.push('first'));
      context.onStop('stuck', () => Promise.reject(new Error('stuck')));
      return { ready: () => ready };
    });
    await begun;
    host.signal('SIGTERM');
    expect(await host.exited).toBe(1);
    expect(closed).toEqual(['first']);
  });

  it('ends at once on a second signal, with 128 plus its number', async () => {
    const { host, begun } = await run(() => ({ ready: () => ready, stop: () => new Promise(() => undefined) }), {
      drainMs: 100,
    });
    await begun;
    host.signal('SIGTERM');
    host.signal('SIGINT');
    expect(host.exits).toEqual([130]);
  });

  it('ends with 1 when the drain takes too long', async () => {
    const { host, begun } = await run(() => ({ ready: () => ready, stop: () => new Promise(() => undefined) }), {
      drainMs: 50,
    });
    await begun;
    host.signal('SIGTERM');
    expect(await host.exited).toBe(1);
  });

  it('a signal in mid-start waits for the start and then undoes it', async () => {
    const order: string[] = [];
    let finishStart = (): void => undefined;
    const waiting = new Promise<void>((resolve) => {
      finishStart = resolve;
    });
    const { host } = await run(async (context) => {
      await waiting;
      context.onStop('late', () => order.push('late closed'));
      return { ready: () => ready, stop: async () => void order.push('drained') };
    });
    host.signal('SIGTERM');
    finishStart();
    expect(await host.exited).toBe(0);
    expect(order).toEqual(['drained', 'late closed']);
  });

  it.each(['unhandledRejection', 'uncaughtException'])('ends with 1 on %s', async (event) => {
    const { host, begun } = await run(() => ({ ready: () => ready }));
    await begun;
    host.listeners.get(event)?.(new Error('lost'));
    expect(host.exits).toEqual([1]);
    host.listeners.get(event)?.(new Error('again'));
    expect(host.exits).toEqual([1]);
  });

  it('crash-only: fail ends with 1 without a drain', async () => {
    let drained = false;
    const { host, begun } = await run(() => ({
      ready: () => ready,
      stop: async () => {
        drained = true;
      },
    }));
    await begun;
    lastContext?.fail(new Error('the broker gave an indefinite answer'));
    expect(host.exits).toEqual([1]);
    expect(drained).toBe(false);
  });

  it('prints every fault of its configuration and ends with 78 before anything is opened', async () => {
    let started = false;
    const { host, begun } = await run(
      () => {
        started = true;
        return { ready: () => ready };
      },
      { environment: { HTTP_PORT: 'x', LOG_LEVEL: 'y' } },
    );
    await begun;
    expect(host.exits).toEqual([78]);
    expect(host.printed.join()).toMatch(/HTTP_PORT is "x"[\s\S]*LOG_LEVEL is "y"/);
    expect(started).toBe(false);
  });
});
