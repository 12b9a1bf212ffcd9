import { type ChannelContent, normalizeE164 } from '@kairos/decisions';
import { type ChannelSpec, type Order, type RenderTemplate, type ShortLink, UnsendableError } from '../../ports.ts';
import type { ShortLinkMaker } from '../links.ts';

/** A text over a gateway in Twilio's HTTP form. A call whose answer was lost may have arrived: `unclear`. */
export const smsSpec: ChannelSpec = {
  name: 'sms',
  concurrency: 10,
  timeoutMs: 15_000,
  retry: { maxAttempts: 30, firstDelayMs: 1_000, maxDelayMs: 300_000 },
};

export type SmsContent = Extract<ChannelContent, { readonly channel: 'sms' }>;

export interface RenderedSms {
  readonly to: string;
  readonly text: string;
  /** What the short addresses in the text lead to. */
  readonly links: readonly ShortLink[];
}

/** The longest text that the gateway takes. */
const MAX_LENGTH = 1_600;
/** A sentence may end behind an address: its last sign is none of the address's. */
const WEB_ADDRESS = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?'()[\]{}…]/gi;
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is refused here
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f\u0085\u2028\u2029]/;

/** Renders the text and makes its web addresses short ones that tell who clicked. */
export function renderSms(
  { message, content, view }: Order<SmsContent>,
  { render, links }: { readonly render: RenderTemplate; readonly links: ShortLinkMaker },
): RenderedSms {
  const to = normalizeE164(message.address ?? '');
  if (to === null) throw new UnsendableError('DATA_UNAVAILABLE', 'the address is not one phone number in E.164');
  const rendered = render(content.text, view, 'none').replaceAll('\r\n', '\n').trim();
  if (rendered === '') throw new UnsendableError('TEMPLATE_ERROR', 'the text is empty');
  if (CONTROL.test(rendered)) throw new UnsendableError('TEMPLATE_ERROR', 'the text has a control character');
  const kept = new Map<string, ShortLink>();
  const text = rendered.replace(WEB_ADDRESS, (target) => {
    if (!URL.canParse(target)) return target;
    const { url, link } = links.short(message, target);
    kept.set(link.code, link);
    return url;
  });
  if (text.length > MAX_LENGTH) throw new UnsendableError('TEMPLATE_ERROR', `the text is longer than ${MAX_LENGTH}`);
  return { to, text, links: [...kept.values()] };
}
