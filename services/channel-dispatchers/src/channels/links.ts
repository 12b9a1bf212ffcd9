import type { ChosenMessage } from '@kairos/contracts';
import { QuoteType, Tokenizer, type TokenizerCallbacks } from 'htmlparser2';
import type { ShortLink } from '../ports.ts';

/** Makes the addresses of ours that go into a message. The same message gets the same addresses. */
export interface LinkMaker {
  /** Leads to the target and tells who clicked. */
  click(message: ChosenMessage, target: string): string;
  unsubscribe(message: ChosenMessage): string;
}

/** Makes the short addresses that go into a text. The same message gets the same ones. */
export interface ShortLinkMaker {
  short(message: ChosenMessage, target: string): { readonly url: string; readonly link: ShortLink };
}

interface Place {
  readonly from: number;
  readonly to: number;
  readonly isQuoted: boolean;
  readonly value: string;
}

const LINKING = new Set(['a', 'area']);
const nothing = () => {};

/** Places of the `href` values of links, by a real tokenizer: comments, scripts and odd quoting are no trap. */
function hrefPlaces(html: string): Place[] {
  const places: Place[] = [];
  let tag = '';
  let attribute = '';
  let value = '';
  let from = 0;
  const callbacks: TokenizerCallbacks = {
    onopentagname: (start, end) => {
      tag = html.slice(start, end).toLowerCase();
    },
    onattribname: (start, end) => {
      attribute = html.slice(start, end).toLowerCase();
      value = '';
      from = end + (/^\s*=\s*["']?/.exec(html.slice(end, end + 100))?.[0].length ?? 0);
    },
    onattribdata: (start, end) => {
      value += html.slice(start, end);
    },
    onattribentity: (codepoint) => {
      value += String.fromCodePoint(codepoint);
    },
    onattribend: (quote, end) => {
      const isQuoted = quote === QuoteType.Double || quote === QuoteType.Single;
      const isLink = LINKING.has(tag) && attribute === 'href' && quote !== QuoteType.NoValue;
      if (isLink) places.push({ from, to: isQuoted ? end - 1 : end, isQuoted, value });
    },
    oncdata: nothing,
    onclosetag: nothing,
    oncomment: nothing,
    ondeclaration: nothing,
    onend: nothing,
    onopentagend: nothing,
    onprocessinginstruction: nothing,
    onselfclosingtag: nothing,
    ontext: nothing,
    ontextentity: nothing,
  };
  const tokenizer = new Tokenizer({ xmlMode: false, decodeEntities: true }, callbacks);
  tokenizer.write(html);
  tokenizer.end();
  return places;
}

const escapeAttribute = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');

/** Replaces every http(s) link of a page; everything else stays, byte for byte. */
export function rewriteLinks(html: string, link: (target: string) => string): string {
  let result = '';
  let at = 0;
  for (const { from, to, isQuoted, value } of hrefPlaces(html)) {
    const target = value.trim();
    if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) continue;
    const written = escapeAttribute(link(target));
    result += html.slice(at, from) + (isQuoted ? written : `"${written}"`);
    at = to;
  }
  return result + html.slice(at);
}
