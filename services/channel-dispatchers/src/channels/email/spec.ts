import type { ChannelContent } from '@kairos/decisions';
import { compile } from 'html-to-text';
import { type ChannelSpec, type Order, type RenderTemplate, UnsendableError } from '../../ports.ts';
import { type LinkMaker, rewriteLinks } from '../links.ts';

/** E-mail over SMTP. A call whose answer was lost may have arrived: `unclear`. */
export const emailSpec: ChannelSpec = {
  name: 'email',
  concurrency: 10,
  timeoutMs: 60_000,
  retry: { maxAttempts: 30, firstDelayMs: 1_000, maxDelayMs: 300_000 },
};

export type EmailContent = Extract<ChannelContent, { readonly channel: 'email' }>;

export interface RenderedEmail {
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** For marketing only: receipts and the like can't be unsubscribed. */
  readonly unsubscribeUrl: string | null;
}

const toText = compile({
  wordwrap: 78,
  limits: { maxInputLength: 2_000_000 },
  selectors: [
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
    { selector: 'img', format: 'skip' },
  ],
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is refused here
const PLAIN_ADDRESS = /^[^\s@<>(),;:"\\[\]\u0000-\u001f\u007f]{1,64}@[^\s@<>(),;:"\\\u0000-\u001f\u007f]{1,253}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is refused here
const CONTROL = /[\u0000-\u001f\u007f\u0085\u2028\u2029]/;

/** Renders both parts, rewrites links, and refuses whatever could add a header or a recipient. */
export function renderEmail(
  { message, content, view }: Order<EmailContent>,
  { render, links }: { readonly render: RenderTemplate; readonly links: LinkMaker },
): RenderedEmail {
  const to = message.address ?? '';
  if (!PLAIN_ADDRESS.test(to)) throw new UnsendableError('DATA_UNAVAILABLE', 'the address is not one e-mail address');
  const subject = render(content.subject, view, 'line').trim();
  if (CONTROL.test(subject)) throw new UnsendableError('TEMPLATE_ERROR', 'the subject has a line break or control');
  if (subject === '') throw new UnsendableError('TEMPLATE_ERROR', 'the subject is empty');
  const unsubscribeUrl = message.purpose === 'marketing' ? links.unsubscribe(message) : null;
  const body = render(content.html, { ...view, unsubscribeUrl }, 'html');
  const html = rewriteLinks(withFooter(body, unsubscribeUrl), (target) =>
    target === unsubscribeUrl ? target : links.click(message, target),
  );
  return { to, subject, html, text: toText(html), unsubscribeUrl };
}

/** Marketing that does not show how to end it gets a line that does. */
function withFooter(html: string, unsubscribeUrl: string | null): string {
  if (unsubscribeUrl === null || html.includes(unsubscribeUrl)) return html;
  const footer = `<p style="font-size:12px;color:#666666"><a href="${unsubscribeUrl}">Unsubscribe</a></p>`;
  const end = html.search(/<\/body\s*>/i);
  return end < 0 ? `${html}\n${footer}` : `${html.slice(0, end)}${footer}\n${html.slice(end)}`;
}
