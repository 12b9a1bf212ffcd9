import type { ChannelAdapter, Inbox, Order, RenderTemplate } from '../../ports.ts';
import { type LinkMaker, rewriteLinks } from '../links.ts';
import { answerOfStore } from '../store-answer.ts';
import { type OnsiteContent, onsiteSpec, renderOnsite } from './spec.ts';

interface OnsiteOptions {
  readonly inbox: Inbox;
  readonly render: RenderTemplate;
  readonly links: LinkMaker;
}

/** Puts a message into the person's inbox on the site, from where the page gets it. */
export const createOnsiteChannel = ({ inbox, render, links }: OnsiteOptions): ChannelAdapter => ({
  spec: onsiteSpec,
  prepare(order) {
    const { message } = order;
    const { slot, html } = renderOnsite(order as Order<OnsiteContent>, render);
    const { candidateId, personId, expiresAtMs } = message;
    const withLinks = rewriteLinks(html, (target) => links.click(message, target));
    const put = async () => await inbox.put(personId, { candidateId, slot, html: withLinks, expiresAtMs });
    return { send: async () => await answerOfStore(put, candidateId) };
  },
  async withdraw({ candidateId, personId }) {
    await inbox.remove(personId, candidateId);
  },
  async close() {},
});
