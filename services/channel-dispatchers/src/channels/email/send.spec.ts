import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import PostalMime from 'postal-mime';
import { channelContract } from '../../testing/channel-contract.ts';
import { chosenMessage, emailContent, plain, view } from '../../testing/chosen.ts';
import { SmtpProvider } from '../../testing/smtp-provider.ts';
import type { LinkMaker } from '../links.ts';
import { createEmailChannel } from './send.ts';
import { emailSpec, renderEmail } from './spec.ts';

const links: LinkMaker = {
  click: (_, target) => `https://news.example.com/c/${encodeURIComponent(target)}`,
  unsubscribe: () => 'https://news.example.com/u/token',
};
const message = chosenMessage({ address: 'ada.secret@example.com' });

const messageIdOf = (mail: string) => /^Message-ID: (.*)$/im.exec(mail)?.[1] ?? '';
const open = (provider: SmtpProvider) =>
  createEmailChannel({
    smtpUrl: `smtp://127.0.0.1:${provider.port}`,
    from: 'Shop <shop@example.org>',
    render: plain,
    links,
  });
const order = { message, content: emailContent(), view };

channelContract(
  'email',
  async () => {
    const provider = new SmtpProvider();
    await provider.open();
    let isOpen = true;
    const channel = open(provider);
    return {
      channel,
      order,
      async behave(behaviour) {
        provider.behaviour = behaviour;
        if (behaviour === 'away' && isOpen) await provider.close();
        if (behaviour !== 'away' && !isOpen) await provider.open();
        isOpen = behaviour !== 'away';
      },
      taken: () => provider.mails.map(messageIdOf),
      async close() {
        await channel.close();
        if (isOpen) await provider.close();
      },
    };
  },
  { behaviours: ['accept', 'refuse', 'busy', 'hang', 'away'], secrets: ['ada.secret', 'Ada'], onRepeat: 'repeats' },
);

describe('e-mail over SMTP', () => {
  const provider = new SmtpProvider();
  let channel: ReturnType<typeof open>;
  const send = async (one = order) => await channel.prepare(one).send(AbortSignal.timeout(3_000));
  beforeAll(async () => {
    await provider.open();
    channel = open(provider);
  });
  beforeEach(() => {
    provider.mails.length = 0;
    provider.behaviour = 'accept';
  });
  afterAll(async () => {
    await channel.close();
    await provider.close();
  });

  it('a server that takes the message and resets the connection leaves us unclear, and gets it once', async () => {
    provider.behaviour = 'reset-after-data';
    expect(await send()).toMatchObject({ kind: 'unclear' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(provider.mails).toHaveLength(1);
  });

  it('a temporary refusal after the message is a definite no, to be asked again', async () => {
    provider.behaviour = 'busy-at-data';
    expect(await send()).toMatchObject({ kind: 'again' });
  });

  it('sends both parts, the headers for one-click unsubscribe, and links that tell who clicked', async () => {
    const html = '<p>Hello <b>Ada</b>, <a href="https://shop.example.org/cart?a=1&amp;b=2">your cart</a> waits.</p>';
    expect(await send({ ...order, content: emailContent({ html }) })).toMatchObject({ kind: 'accepted' });
    const [raw = ''] = provider.mails;
    const mail = await PostalMime.parse(raw);
    const headers = new Map(mail.headers.map(({ key, value }) => [key, value]));
    expect(mail.messageId).toBe('<c-1@example.org>');
    expect(headers.get('list-unsubscribe')).toBe('<https://news.example.com/u/token>');
    expect(headers.get('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
    expect(raw).toContain('multipart/alternative');
    const clickUrl = links.click(message, 'https://shop.example.org/cart?a=1&b=2');
    expect(mail.html).toContain(`href="${clickUrl}"`);
    expect(mail.text).toContain(clickUrl);
    expect(mail.text).toContain('Hello Ada');
    expect(mail.html).toContain('https://news.example.com/u/token');
  });

  it('service mail offers no unsubscribe', async () => {
    await send({ ...order, message: chosenMessage({ purpose: 'service' }) });
    expect(provider.mails[0]?.toLowerCase()).not.toContain('unsubscribe');
  });
});

describe('rendering e-mail', () => {
  const render = (over: object, address: string | null = 'ada@example.com') =>
    renderEmail({ message: chosenMessage({ address }), content: emailContent(over), view }, { render: plain, links });

  it.each([
    ['a@b.example\r\nBcc: evil@example.com'],
    ['a@b.example, evil@example.com'],
    ['<a@b.example>'],
    ['a'],
    [''],
    ['a@b@c'],
  ])('refuses %j as an address', (address) =>
    expect(() => render({}, address)).toThrow(expect.objectContaining({ code: 'DATA_UNAVAILABLE' })),
  );

  it('refuses a missing address', () => {
    expect(() => render({}, null)).toThrow(expect.objectContaining({ code: 'DATA_UNAVAILABLE' }));
  });

  it.each([['Hi\r\nBcc: evil@example.com'], ['Hi\u0000'], ['Hi\u2028there'], ['  ']])(
    'refuses the subject %j',
    (subject) => expect(() => render({ subject })).toThrow(expect.objectContaining({ code: 'TEMPLATE_ERROR' })),
  );

  it('keeps an unsubscribe link that the author placed, unchanged and without a second one', () => {
    const { html } = render({ html: '<p><a href="https://news.example.com/u/token">Stop</a></p>' });
    expect(html).toBe('<p><a href="https://news.example.com/u/token">Stop</a></p>');
  });
});

it('at most once by default: so many calls at the same time, so many unknown after a crash', () => {
  expect(emailSpec.concurrency).toBeLessThanOrEqual(50);
});
