import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares two secrets in a time that tells nothing about where they differ, nor about their lengths. */
export const constantTimeEqual = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

/** What a token says. Plain JSON; `use` (such as `click`) keeps a token for one purpose from serving another. */
export type TokenPayload = Readonly<Record<string, string | number | boolean | null>>;

export type TokenCheck =
  | { readonly ok: true; readonly payload: TokenPayload; readonly expiresAtMs: number }
  | { readonly ok: false; readonly problem: 'malformed' | 'forged' | 'expired' | 'other-use' };

const mac = (body: string, secret: string): Buffer => createHmac('sha256', secret).update(body).digest();

/**
 * A token for links: `base64url(JSON) . base64url(HMAC-SHA256 of the first part)`. The JSON is the payload with `exp`
 * (UTC ms). Readable by anyone, alterable by nobody who lacks the secret. Any language can make one in three lines.
 */
export function signToken(payload: TokenPayload, secret: string, expiresAtMs: number): string {
  const body = Buffer.from(JSON.stringify({ ...payload, exp: expiresAtMs })).toString('base64url');
  return `${body}.${mac(body, secret).toString('base64url')}`;
}

export interface VerifyOptions {
  readonly nowMs: number;
  /** The `use` that the payload must carry. */
  readonly use?: string;
}

/** Checks signature, then expiry, then use. `secrets` may hold the old secret beside the new one while they rotate. */
export function verifyToken(token: string, secrets: string | readonly string[], options: VerifyOptions): TokenCheck {
  const parts = token.split('.');
  const [body, signature] = parts;
  if (parts.length !== 2 || body === undefined || signature === undefined) return { ok: false, problem: 'malformed' };
  const given = Buffer.from(signature, 'base64url');
  const list = typeof secrets === 'string' ? [secrets] : secrets;
  const isSigned = list.some((secret) => given.length === 32 && timingSafeEqual(given, mac(body, secret)));
  if (!isSigned) return { ok: false, problem: 'forged' };
  const payload = readPayload(body);
  if (payload === undefined) return { ok: false, problem: 'malformed' };
  const { exp, ...rest } = payload;
  if (typeof exp !== 'number') return { ok: false, problem: 'malformed' };
  if (exp <= options.nowMs) return { ok: false, problem: 'expired' };
  if (options.use !== undefined && rest.use !== options.use) return { ok: false, problem: 'other-use' };
  return { ok: true, payload: rest, expiresAtMs: exp };
}

function readPayload(body: string): TokenPayload | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as TokenPayload) : undefined;
  } catch {
    return undefined;
  }
}

/** The token of an `Authorization: Bearer …` header. */
export const bearerOf = (authorization: string | undefined): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];

/** User and password of an `Authorization: Basic …` header. */
export function basicOf(
  authorization: string | undefined,
): { readonly user: string; readonly password: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? { user: text, password: '' } : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
