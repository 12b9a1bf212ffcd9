import type { ChannelContent } from '@kairos/decisions';
import sanitizeHtml from 'sanitize-html';
import type { ChannelSpec, Order, RenderTemplate } from '../../ports.ts';

/** The inbox on the site. Idempotent by candidateId, so a call may be repeated; accepted = it is in the inbox. */
export const onsiteSpec: ChannelSpec = {
  name: 'onsite',
  concurrency: 32,
  timeoutMs: 5_000,
  retry: { maxAttempts: 200, firstDelayMs: 250, maxDelayMs: 30_000 },
};

export type OnsiteContent = Extract<ChannelContent, { readonly channel: 'onsite' }>;

export interface RenderedOnsite {
  readonly slot: string;
  readonly html: string;
}

const SAFE_CSS = /^[\w\s#%(),.+'"-]+$/;
const style = (...names: string[]) => Object.fromEntries(names.map((name) => [name, [SAFE_CSS]]));

/** What a banner may consist of: text, links, pictures and harmless looks; nothing that runs, loads or submits. */
const ALLOWED: sanitizeHtml.IOptions = {
  allowedTags: [
    'a',
    'b',
    'blockquote',
    'br',
    'div',
    'em',
    'h1',
    'h2',
    'h3',
    'h4',
    'hr',
    'i',
    'img',
    'li',
    'ol',
    'p',
    's',
    'small',
    'span',
    'strong',
    'sub',
    'sup',
    'table',
    'tbody',
    'td',
    'th',
    'thead',
    'tr',
    'u',
    'ul',
  ],
  allowedAttributes: {
    '*': ['style', 'title', 'dir', 'lang'],
    a: ['href'],
    img: ['src', 'alt', 'width', 'height'],
    td: ['colspan', 'rowspan'],
    th: ['colspan', 'rowspan'],
  },
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  allowedSchemesByTag: { img: ['https', 'http'] },
  allowProtocolRelative: false,
  allowedStyles: {
    '*': style(
      'background-color',
      'border',
      'border-radius',
      'color',
      'font-family',
      'font-size',
      'font-style',
      'font-weight',
      'height',
      'line-height',
      'margin',
      'max-width',
      'padding',
      'text-align',
      'text-decoration',
      'width',
    ),
  },
  nestingLimit: 30,
};

/** Rendered, then sanitised: also what an author wrote can't run anything. */
export function renderOnsite({ content, view }: Order<OnsiteContent>, render: RenderTemplate): RenderedOnsite {
  return { slot: content.slot, html: sanitizeHtml(render(content.html, view, 'html'), ALLOWED) };
}
