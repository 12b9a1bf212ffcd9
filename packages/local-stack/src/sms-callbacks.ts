import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

type Params = Readonly<Record<string, string>>;

const TRIES = 5;

/** `X-Twilio-Signature`: HMAC-SHA1 over the address and the parameters in the order of their names. */
export function signatureOf(authToken: string, url: string, params: Params): string {
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHmac('sha1', authToken)
    .update(url + sorted.map(([name, value]) => name + value).join(''))
    .digest('base64');
}

/** Posts a signed form; tried again while nobody answers, or with a 5xx. Answers the last status, 0 = nobody there. */
export async function callBack(authToken: string, url: string, params: Params): Promise<number> {
  let status = 0;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await delay(100 * 2 ** attempt, undefined, { ref: false });
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'error',
        signal: AbortSignal.timeout(10_000),
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-twilio-signature': signatureOf(authToken, url, params),
        },
        body: new URLSearchParams(params).toString(),
      });
      await response.arrayBuffer();
      status = response.status;
      if (status < 500) return status;
    } catch {
      status = 0;
    }
  }
  return status;
}
