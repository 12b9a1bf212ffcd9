import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { channelContract } from '../../testing/channel-contract.ts';
import { chosenMessage, plain, smsContent, view } from '../../testing/chosen.ts';
import { plainShortLinks, SmsGateway } from '../../testing/sms-gateway.ts';
import { answerOf } from './answer.ts';
import { createSmsChannel, type SmsOptions, smsNotSetUp } from './send.ts';
import { renderSms, smsSpec } from './spec.ts';

const PHONE = '+4917055501234';
const message = chosenMessage({ channel: 'sms', address: PHONE });
const order = { message, content: smsContent({ text: 'Moin Ada, https://shop.example/cart waits.' }), view };

const open = (gateway: SmsGateway, over: Partial<SmsOptions> = {}) =>
  createSmsChannel({
    account: gateway.sender,
    render: plain,
    ...plainShortLinks(),
    statusUrl: () => null,
    nowMs: Date.now,
    ...over,
  });

channelContract(
  'sms',
  async () => {
    const gateway = new SmsGateway();
    await gateway.open();
    // A pause that the gateway has asked for holds back what comes next: the clock passes over it.
    let shiftMs = 0;
    const channel = open(gateway, { nowMs: () => Date.now() + shiftMs });
    let isOpen = true;
    return {
      channel,
      order,
      async behave(behaviour) {
        shiftMs += 2_000;
        if (behaviour === 'away' && isOpen) await gateway.close();
        if (behaviour !== 'away' && !isOpen) await gateway.open();
        isOpen = behaviour !== 'away';
        if (behaviour !== 'away') await gateway.behave(behaviour);
      },
      taken: () => gateway.texts().map(({ idempotencyKey }) => idempotencyKey ?? ''),
      async close() {
        await channel.close();
        await gateway.close();
        gateway.remove();
      },
    };
  },
  {
    behaviours: ['accept', 'refuse', 'busy', 'hang', 'away'],
    secrets: [PHONE, 'Ada', 'a token that nobody guesses'],
    onRepeat: 'repeats',
  },
);

describe('texts over the gateway', () => {
  const gateway = new SmsGateway();
  let channel: ReturnType<typeof open>;
  const sendBy = async (one: ReturnType<typeof open>, address: string | null = PHONE) =>
    await one
      .prepare({ ...order, message: chosenMessage({ channel: 'sms', address }) })
      .send(AbortSignal.timeout(1_000));
  beforeAll(async () => {
    await gateway.open();
  });
  beforeEach(() => {
    channel = open(gateway);
  });
  afterAll(async () => {
    await gateway.close();
    gateway.remove();
  });

  it('are sent in the form that the gateway knows, with the sender, the short link and the way back', async () => {
    const short = plainShortLinks();
    const one = open(gateway, { ...short, statusUrl: ({ candidateId }) => `${gateway.url}/nowhere/${candidateId}` });
    const answer = await sendBy(one);
    const text = gateway.texts().at(-1);
    expect(answer).toEqual({ kind: 'accepted', providerId: text?.sid });
    expect(text).toMatchObject({
      to: PHONE,
      from: '+15005550006',
      body: 'Moin Ada, https://n.example/s/s25 waits.',
      statusCallback: `${gateway.url}/nowhere/c-1`,
    });
    expect(short.kept).toEqual([{ code: 's25', candidateId: 'c-1', target: 'https://shop.example/cart' }]);
  });

  it('of a messaging service name it instead of a number', async () => {
    const service = `MG${'a'.repeat(32)}`;
    const one = open(gateway, { account: { ...gateway.sender, from: service } });
    expect(await sendBy(one)).toMatchObject({ kind: 'accepted' });
    expect(gateway.texts().at(-1)?.from).toBe(service);
  });

  it.each([
    ['+15005550001', { kind: 'rejected', code: 'PROVIDER_REJECTED', detail: 'HTTP 400 21211' }],
    ['+15005550004', { kind: 'rejected', code: 'ADDRESS_SUPPRESSED', detail: 'HTTP 400 21610' }],
    ['+15005550012', { kind: 'again', afterMs: 1_000, detail: 'HTTP 429 20429' }],
    ['+15005550013', { kind: 'again', afterMs: null, detail: 'HTTP 503 20503' }],
    ['+15005550014', { kind: 'unclear', detail: 'HTTP 500 20500' }],
  ])('to %s: %j', async (address, expected) => expect(await sendBy(channel, address)).toEqual(expected));

  it('a gateway that takes the text and breaks off leaves us unclear, and gets it once', async () => {
    const before = gateway.texts().length;
    expect(await sendBy(channel, '+15005550015')).toMatchObject({ kind: 'unclear' });
    expect(gateway.texts()).toHaveLength(before + 1);
  });

  it('a gateway that never answers leaves us unclear; one that never lets us in has nothing', async () => {
    const silent = open(gateway, { spec: { timeoutMs: 200 } });
    expect(await sendBy(silent, '+15005550011')).toMatchObject({ kind: 'unclear' });
    const full = createServer(() => {});
    await new Promise<void>((resolve) => full.listen({ port: 0, host: '127.0.0.1' }, resolve));
    const { port } = full.address() as AddressInfo;
    // TLS that is never shaken: the connection does not stand, so not a byte of the text has left.
    const account = { ...gateway.sender, url: `https://127.0.0.1:${port}` };
    const outside = open(gateway, { account, spec: { timeoutMs: 300 } });
    expect(await sendBy(outside)).toMatchObject({ kind: 'again' });
    full.close();
  });

  it('Retry-After holds back all texts, and a held one is no call', async () => {
    const before = gateway.texts().length;
    await sendBy(channel, '+15005550012');
    expect(await sendBy(channel)).toMatchObject({ kind: 'held' });
    expect(gateway.texts()).toHaveLength(before);
  });

  it('a wrong token is the operator’s matter: asked again, not failed', async () => {
    const account = { ...gateway.sender, authTokens: ['a wrong one'] as const };
    expect(await sendBy(open(gateway, { account }))).toEqual({
      kind: 'again',
      afterMs: null,
      detail: 'HTTP 401 20003',
    });
  });

  it('links that cannot be kept hold the text back: nothing is sent with a dead link', async () => {
    const before = gateway.texts().length;
    const shortLinks = { keep: async () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })) };
    const answer = await sendBy(open(gateway, { shortLinks }));
    expect(answer).toMatchObject({ kind: 'again', detail: 'the links could not be kept (ECONNREFUSED)' });
    expect(gateway.texts()).toHaveLength(before);
  });

  it('without a gateway a text ends at once, and says that there is none', () => {
    expect(() => smsNotSetUp().prepare(order)).toThrow(expect.objectContaining({ code: 'CHANNEL_NOT_CONFIGURED' }));
  });
});

describe('what an answer means', () => {
  const meant = (status: number, body: unknown = {}) => answerOf({ status, body, retryAfter: undefined }, 0).kind;
  it.each([
    [201, 'accepted'],
    [301, 'again'],
    [400, 'rejected'],
    [403, 'again'],
    [404, 'again'],
    [429, 'again'],
    [500, 'unclear'],
    [502, 'unclear'],
    [503, 'again'],
    [504, 'unclear'],
  ])('%i is %s', (status, expected) => expect(meant(status)).toBe(expected));

  it('an error about the message counts whatever the status, and what it says is never passed on', () => {
    expect(meant(403, { code: 21_408 })).toBe('rejected');
    const said = answerOf({ status: 201, body: { sid: `to ${PHONE}` }, retryAfter: undefined }, 0);
    expect(said).toEqual({ kind: 'accepted', providerId: null });
  });
});

describe('rendering a text', () => {
  const rendered = (text: string, address: string | null = PHONE) =>
    renderSms(
      { message: chosenMessage({ channel: 'sms', address }), content: smsContent({ text }), view },
      { render: plain, links: plainShortLinks().links },
    );

  it.each([[null], [''], ['0171 1234567'], ['+49171x'], ['+491711234567,+491711234568']])(
    'refuses %j as a number',
    (address) => expect(() => rendered('T', address)).toThrow(expect.objectContaining({ code: 'DATA_UNAVAILABLE' })),
  );

  it.each([['  '], ['Hi\u0000'], ['Hi\u2028there'], ['a'.repeat(1_601)]])('refuses the text %j', (text) =>
    expect(() => rendered(text)).toThrow(expect.objectContaining({ code: 'TEMPLATE_ERROR' })),
  );

  it('shortens web addresses alone, each once kept, and leaves the sentence around them', () => {
    const { text, links } = rendered('See (https://a.example/x?y=1&z=2). Or https://a.example/x?y=1&z=2!\r\nftp://b');
    expect(text).toBe('See (https://n.example/s/s27). Or https://n.example/s/s27!\nftp://b');
    expect(links.map(({ target }) => target)).toEqual(['https://a.example/x?y=1&z=2']);
  });
});

it('at most once by default: so many calls at the same time, so many unknown after a crash', () => {
  expect(smsSpec.concurrency).toBeLessThanOrEqual(50);
});
