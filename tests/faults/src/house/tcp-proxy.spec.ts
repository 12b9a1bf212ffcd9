import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TcpProxy } from './tcp-proxy.ts';

let server: Server;
let proxy: TcpProxy;
/** What the server has been told. */
let heard: string;

beforeEach(async () => {
  heard = '';
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      heard += chunk.toString();
      socket.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = await TcpProxy.open(() => ({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }));
});
afterEach(async () => {
  await proxy.close();
  await new Promise((resolve) => server.close(resolve));
});

interface Caller {
  readonly socket: Socket;
  answers(): string;
  /** Resolves with the error's code, or 'end'. */
  readonly ended: Promise<string>;
}

async function call(): Promise<Caller> {
  const socket = connect(proxy.port, '127.0.0.1');
  let answers = '';
  socket.on('data', (chunk) => {
    answers += chunk.toString();
  });
  const ended = new Promise<string>((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    socket.once('close', () => resolve('end'));
  });
  await Promise.race([ended, new Promise<void>((resolve) => socket.once('connect', () => resolve()))]);
  return { socket, answers: () => answers, ended };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function untilAnswered(caller: Caller, text: string): Promise<number> {
  const startedMs = performance.now();
  while (caller.answers() !== text && performance.now() - startedMs < 3_000) await pause(5);
  expect(caller.answers()).toBe(text);
  return performance.now() - startedMs;
}

describe('the proxy', () => {
  it('lets through what is said, in order, and tells both sides of the end', async () => {
    const caller = await call();
    caller.socket.write('one');
    await untilAnswered(caller, 'one');
    caller.socket.write('two');
    await untilAnswered(caller, 'onetwo');
    caller.socket.end();
    expect(await caller.ended).toBe('end');
  });

  it('is late by its latency in both directions, and never changes the order when the weather clears up', async () => {
    const caller = await call();
    proxy.set({ latencyMs: 60 });
    caller.socket.write('slow ');
    await pause(20);
    proxy.set({});
    caller.socket.write('fast');
    expect(await untilAnswered(caller, 'slow fast')).toBeGreaterThan(30);
  });

  it('drips: a byte rate holds for each connection', async () => {
    const caller = await call();
    proxy.set({ bytesPerS: 1_000 });
    const text = 'x'.repeat(100);
    caller.socket.write(text);
    expect(await untilAnswered(caller, text)).toBeGreaterThan(150);
  });

  it('holds everything as a black hole and says nothing about it; afterwards it all comes', async () => {
    const caller = await call();
    proxy.set({ blackhole: true });
    caller.socket.write('held');
    await pause(80);
    expect([heard, caller.answers(), caller.socket.destroyed]).toEqual(['', '', false]);
    proxy.welcome();
    await untilAnswered(caller, 'held');
  });

  it('half open: the server hears, its answers are lost, and it ends in a reset', async () => {
    const caller = await call();
    proxy.set({ halfOpen: true });
    caller.socket.write('done?');
    await pause(80);
    expect([heard, caller.answers()]).toEqual(['done?', '']);
    proxy.welcome();
    expect(await caller.ended).toBe('ECONNRESET');
  });

  it('forgets who is there without a word, and serves who comes', async () => {
    const caller = await call();
    caller.socket.write('one');
    await untilAnswered(caller, 'one');
    proxy.forget();
    caller.socket.write('two');
    await pause(80);
    expect([heard, caller.answers(), caller.socket.destroyed]).toEqual(['one', 'one', false]);
    const next = await call();
    next.socket.write('three');
    await untilAnswered(next, 'three');
  });

  it('resets who is there, and with refuse who comes, until it welcomes again', async () => {
    const caller = await call();
    proxy.reset({ refuse: true });
    expect(await caller.ended).toBe('ECONNRESET');
    expect(await (await call()).ended).toBe('ECONNRESET');
    proxy.welcome();
    const again = await call();
    again.socket.write('hello');
    await untilAnswered(again, 'hello');
    again.socket.destroy();
  });
});
