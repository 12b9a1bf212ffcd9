import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { type Behaviour, channelContract } from '../../testing/channel-contract.ts';
import { chosenMessage, plain, view, webhookContent } from '../../testing/chosen.ts';
import { isGlobalAddress } from './address-guard.ts';
import { createWebhookChannel, type WebhookOptions } from './send.ts';

const SECRET = `whsec_${Buffer.from('an example secret of 32 bytes!!!').toString('base64')}`;
const message = chosenMessage({ channel: 'webhook', address: null });

/** A receiver that does as told. */
class Receiver {
  readonly calls: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  answer: { status: number; headers?: Record<string, string> } | 'hang' | 'reset' = { status: 200 };
  readonly server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      if (this.answer === 'hang') return;
      this.calls.push({ headers: request.headers, body });
      if (this.answer === 'reset') return void request.socket.destroy();
      response.writeHead(this.answer.status, this.answer.headers).end('secret words of the receiver');
    });
  });

  async open(port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

const open = (port: number, over: Partial<WebhookOptions> = {}) =>
  createWebhookChannel({
    secrets: [SECRET],
    allowHosts: [`127.0.0.1:${port}`],
    render: plain,
    nowMs: Date.now,
    ...over,
  });
const orderTo = (url: string, body = '{"hello":"Ada"}') => ({ message, content: webhookContent({ url, body }), view });

channelContract(
  'webhook',
  async () => {
    const receiver = new Receiver();
    const port = await receiver.open();
    let isOpen = true;
    const channel = open(port);
    return {
      channel,
      order: orderTo(`http://127.0.0.1:${port}/path-secret`),
      async behave(behaviour: Behaviour) {
        if (behaviour === 'away' && isOpen) await receiver.close();
        if (behaviour !== 'away' && !isOpen) await receiver.open(port);
        isOpen = behaviour !== 'away';
        receiver.answer =
          behaviour === 'hang' ? 'hang' : { status: { refuse: 410, busy: 503 }[behaviour as string] ?? 200 };
      },
      taken: () =>
        typeof receiver.answer === 'object' && receiver.answer.status === 200
          ? receiver.calls.map(({ headers }) => String(headers['webhook-id']))
          : [],
      async close() {
        await channel.close();
        if (isOpen) await receiver.close();
      },
    };
  },
  { behaviours: ['accept', 'refuse', 'busy', 'hang', 'away'], secrets: ['secret', 'Ada', SECRET], onRepeat: 'repeats' },
);

describe('webhooks', () => {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  const receive = async (over: Partial<WebhookOptions> = {}) => {
    const receiver = new Receiver();
    const port = await receiver.open();
    const channel = open(port, over);
    opened.push(channel, receiver);
    const send = async (url = `http://127.0.0.1:${port}/`) =>
      await channel.prepare(orderTo(url)).send(AbortSignal.timeout(2_000));
    return { receiver, port, channel, send };
  };

  it('carry signatures that the reference library verifies, with either secret while they rotate', async () => {
    const old = `whsec_${Buffer.from('the secret that is on its way out').toString('base64')}`;
    const { receiver, send } = await receive({ secrets: [SECRET, old] });
    await send();
    const [call] = receiver.calls;
    const headers = call?.headers as Record<string, string>;
    expect(new Webhook(SECRET).verify(call?.body ?? '', headers)).toEqual({ hello: 'Ada' });
    expect(new Webhook(old).verify(call?.body ?? '', headers)).toEqual({ hello: 'Ada' });
    expect(() => new Webhook(SECRET).verify('{"hello":"Eve"}', headers)).toThrow();
    expect(headers['webhook-id']).toBe('c-1');
  });

  it('a destination that asks for a pause is not called before it is over', async () => {
    let now = 1_000_000;
    const { receiver, send } = await receive({ nowMs: () => now });
    receiver.answer = { status: 429, headers: { 'retry-after': '7' } };
    expect(await send()).toEqual({ kind: 'again', afterMs: 7_000, detail: 'HTTP 429' });
    now += 6_999;
    expect(await send()).toEqual({ kind: 'held', afterMs: 1 });
    expect(receiver.calls).toHaveLength(1);
    now += 1;
    receiver.answer = { status: 204 };
    expect(await send()).toMatchObject({ kind: 'accepted' });
  });

  it('a redirect is not followed', async () => {
    const { receiver, send, port } = await receive();
    receiver.answer = { status: 307, headers: { location: `http://127.0.0.1:${port}/elsewhere` } };
    expect(await send()).toMatchObject({ kind: 'rejected', detail: 'HTTP 307' });
    expect(receiver.calls).toHaveLength(1);
  });

  it('a connection that ends without an answer is unclear', async () => {
    const { receiver, send } = await receive();
    receiver.answer = 'reset';
    expect(await send()).toMatchObject({ kind: 'unclear' });
    expect(receiver.calls).toHaveLength(1);
  });

  it.each([
    ['http://127.0.0.1/'],
    ['https://127.0.0.1/'],
    ['https://[::1]/'],
    ['https://[::ffff:127.0.0.1]/'],
    ['https://[::ffff:a9fe:a9fe]/'],
    ['https://169.254.169.254/latest/meta-data'],
    ['https://10.0.0.1/'],
    ['https://192.168.1.1/'],
    ['https://172.16.0.1/'],
    ['https://100.64.0.1/'],
    ['https://0.0.0.0/'],
    ['https://0x7f.1/'],
    ['https://2130706433/'],
    ['https://017700000001/'],
    ['https://[fd00::1]/'],
    ['https://[fe80::1]/'],
    ['https://[64:ff9b::7f00:1]/'],
    ['https://[2002:7f00:1::]/'],
    ['https://[::7f00:1]/'],
    ['https://[2001:db8::1]/'],
    ['https://255.255.255.255/'],
    ['https://224.0.0.1/'],
    ['https://localhost/'],
    ['http://example.com/'],
    ['ftp://example.com/'],
    ['file:///etc/passwd'],
    ['https://user:pass@example.com/'],
    ['https://example.com:25/'],
  ])('never connects to %s', async (url) => {
    const { send, receiver } = await receive({ allowHosts: [] });
    expect(await send(url)).toMatchObject({ kind: 'rejected', detail: 'forbidden destination' });
    expect(receiver.calls).toHaveLength(0);
  });

  it('a name is resolved once, and to inside addresses never connected to, even if the next answer is harmless', async () => {
    const receiver = new Receiver();
    const port = await receiver.open();
    opened.push(receiver);
    let asked = 0;
    const channel = createWebhookChannel({
      secrets: [SECRET],
      allowHosts: [],
      render: plain,
      nowMs: Date.now,
      resolve: (_host, done) => {
        asked += 1;
        const inside = { address: '127.0.0.1', family: 4 };
        done(
          null,
          asked % 2 === 1
            ? [{ address: '93.184.215.14', family: 4 }, inside]
            : [{ address: '93.184.215.14', family: 4 }],
        );
      },
    });
    opened.unshift(channel);
    const answer = await channel.prepare(orderTo(`https://rebind.example:8443/`)).send(AbortSignal.timeout(2_000));
    expect(answer).toMatchObject({ kind: 'rejected', detail: 'forbidden destination' });
    expect(asked).toBe(1);
    expect(port).toBeGreaterThan(0);
    expect(receiver.calls).toHaveLength(0);
  });

  it('a body that is not JSON after rendering is not sent', () => {
    const channel = open(1);
    opened.push(channel);
    expect(() => channel.prepare(orderTo('https://a.example/', '{"a":}'))).toThrow(
      expect.objectContaining({ code: 'TEMPLATE_ERROR' }),
    );
  });
});

it.each([
  ['8.8.8.8', true],
  ['2606:4700::1111', true],
  ['1.2.3', false],
  ['', false],
  ['::', false],
  ['::ffff:8.8.8.8', true],
])('address %s is global: %s', (address, expected) => expect(isGlobalAddress(address)).toBe(expected));
