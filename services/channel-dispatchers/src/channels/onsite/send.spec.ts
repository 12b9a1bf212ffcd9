import { describe, expect, it } from '@jest/globals';
import type { Inbox, InboxMessage } from '../../ports.ts';
import { type Behaviour, channelContract } from '../../testing/channel-contract.ts';
import { chosenMessage, onsiteContent, plain, view } from '../../testing/chosen.ts';
import { createOnsiteChannel } from './send.ts';
import { renderOnsite } from './spec.ts';

class MemoryInbox implements Inbox {
  readonly messages = new Map<string, Omit<InboxMessage, 'number'>>();
  behaviour: Behaviour = 'accept';
  async put(_personId: string, message: Omit<InboxMessage, 'number'>): Promise<void> {
    if (this.behaviour === 'away') throw new Error('Connection is closed: redis://secret-host');
    this.messages.set(message.candidateId, message);
  }
  async list(): Promise<readonly InboxMessage[]> {
    return [];
  }
  async remove(_personId: string, candidateId: string): Promise<boolean> {
    return this.messages.delete(candidateId);
  }
  async watch(): Promise<() => void> {
    return () => {};
  }
}

const links = { click: (_: unknown, target: string) => `https://us.example/c/${target}`, unsubscribe: () => '' };
const order = { message: chosenMessage({ channel: 'onsite', address: null }), content: onsiteContent(), view };

channelContract(
  'onsite',
  async () => {
    const inbox = new MemoryInbox();
    return {
      channel: createOnsiteChannel({ inbox, render: plain, links }),
      order,
      behave: (behaviour) => {
        inbox.behaviour = behaviour;
      },
      taken: () => [...inbox.messages.keys()],
      async close() {},
    };
  },
  { behaviours: ['accept', 'away'], secrets: ['secret-host', 'Ada'], onRepeat: 'absorbed' },
);

it('links lead over us, and a withdrawal clears the inbox', async () => {
  const inbox = new MemoryInbox();
  const channel = createOnsiteChannel({ inbox, render: plain, links });
  const content = onsiteContent({ html: '<a href="https://shop.example/">Go</a>' });
  await channel.prepare({ ...order, content }).send(AbortSignal.timeout(1_000));
  expect(inbox.messages.get('c-1')?.html).toBe('<a href="https://us.example/c/https://shop.example/">Go</a>');
  await channel.withdraw?.({ candidateId: 'c-1', personId: 'user:42', code: 'EXITED', causeMessageId: null, atMs: 0 });
  expect(inbox.messages.size).toBe(0);
});

describe('what a banner may consist of', () => {
  const shown = (html: string) => renderOnsite({ ...order, content: onsiteContent({ html }) }, plain).html;

  it.each([
    ['<script>alert(1)</script>'],
    ['<img src=x onerror=alert(1)>'],
    ['<a href="javascript:alert(1)">x</a>'],
    ['<a href="JaVaScRiPt&colon;alert(1)">x</a>'],
    ['<iframe src="https://evil.example"></iframe>'],
    ['<svg><script>alert(1)</script></svg>'],
    ['<form action="https://evil.example"><input name=a></form>'],
    ['<div style="background-image:url(javascript:alert(1))">x</div>'],
    ['<style>@import "https://evil.example"</style>'],
    ['<base href="https://evil.example">'],
    ['<meta http-equiv=refresh content="0;url=https://evil.example">'],
    ['<img src="data:text/html,<script>alert(1)</script>">'],
    ['<math><mtext></p><style><img src=x onerror=alert(1)></style>'],
    ['<a href="//evil.example">x</a>'],
  ])('%s runs, loads and submits nothing', (html) => {
    expect(shown(html)).not.toMatch(/script|onerror|evil|javascript|<iframe|<form|<style|<svg|url\(/i);
  });

  it('text, links, pictures and harmless looks stay', () => {
    const html =
      '<div style="color:#ff0000"><b>Hi</b> <a href="https://a.example/">go</a><img src="https://a.example/x.png" alt="x" /></div>';
    expect(shown(html)).toBe(html);
  });
});
