import { createHmac, timingSafeEqual } from 'node:crypto';

/** What was posted, and where to. */
export interface SignedPost {
  readonly url: string;
  readonly form: URLSearchParams;
  readonly signature: string;
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' };

/** Gateways differ in whether the port is part of what they sign. */
function spellingsOf(url: string): readonly string[] {
  const [, scheme = '', host = '', port, rest = ''] =
    /^(https?:)\/\/([^/?#:]+|\[[^\]]*\])(?::(\d+))?(.*)$/i.exec(url) ?? [];
  if (scheme === '') return [url];
  const other = port === undefined ? `:${DEFAULT_PORTS[scheme.toLowerCase()]}` : '';
  return [url, `${scheme}//${host}${other}${rest}`];
}

function signedText(url: string, form: URLSearchParams): string {
  const names = [...new Set(form.keys())].sort();
  return url + names.flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value)).join('');
}

function isEqual(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Whether `X-Twilio-Signature` was made with one of the tokens: HMAC-SHA1 over the address and the sorted parameters. */
export function isSignedBy({ url, form, signature }: SignedPost, tokens: readonly string[]): boolean {
  const given = Buffer.from(signature, 'base64');
  const texts = spellingsOf(url).map((spelling) => signedText(spelling, form));
  return tokens.some((token) => texts.some((text) => isEqual(given, createHmac('sha1', token).update(text).digest())));
}
