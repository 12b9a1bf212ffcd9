import { createHmac } from 'node:crypto';
import { constantTimeEqual } from '@kairos/service-kit';

/** Longest life that a site may give a token. */
const MAX_LIFE_S = 30 * 86_400;

/**
 * The token by which a site says who its visitor is: `<expiresAtSeconds>.<hex HMAC-SHA256 of "userId.expiresAtSeconds">`,
 * with the secret that only the site's server and we know. Without it anybody could read anybody's inbox.
 */
export function siteTokenOf(userId: string, expiresAtSeconds: number, secret: string): string {
  const mac = createHmac('sha256', secret).update(`${userId}.${expiresAtSeconds}`).digest('hex');
  return `${expiresAtSeconds}.${mac}`;
}

/** Whether the token was made for this user and has not expired. */
export function isSiteToken(
  userId: string,
  token: string,
  { secrets, nowMs }: { readonly secrets: readonly string[]; readonly nowMs: number },
): boolean {
  const [, seconds = ''] = /^(\d{1,12})\.[0-9a-f]{64}$/.exec(token) ?? [];
  const expiresAtSeconds = Number(seconds);
  const nowS = nowMs / 1_000;
  if (seconds === '' || expiresAtSeconds <= nowS || expiresAtSeconds > nowS + MAX_LIFE_S) return false;
  return secrets.some((secret) => constantTimeEqual(token, siteTokenOf(userId, expiresAtSeconds, secret)));
}
