import type { Answer } from '../../ports.ts';
import { retryAfterMs } from '../retry-after.ts';

/** What a gateway answered, as far as it counts. */
export interface GatewayResponse {
  readonly status: number;
  readonly retryAfter: string | string[] | undefined;
  /** The body as JSON; undefined when it was none, or broke off. */
  readonly body: unknown;
}

/** Twilio's errors about this very message: its number, its text, the region. All others are about our account. */
const ABOUT_MESSAGE = { from: 21_100, to: 21_999 };
/** The recipient has answered STOP. */
const UNSUBSCRIBED = 21_610;

/**
 * Refused for certain: tried again, or failed when it is the message's own fault. Only 429 and 503 say among the busy
 * that nothing was taken; any other 5xx may come from a gateway's gateway that had passed the text on already.
 */
export function answerOf({ status, retryAfter, body }: GatewayResponse, nowMs: number): Answer {
  const { sid, code } = fieldsOf(body);
  if (status >= 200 && status < 300) return { kind: 'accepted', providerId: sid };
  const detail = code === null ? `HTTP ${status}` : `HTTP ${status} ${code}`;
  if (status === 429 || status === 503) return { kind: 'again', afterMs: retryAfterMs(retryAfter, nowMs), detail };
  if (status >= 500) return { kind: 'unclear', detail };
  if (code === UNSUBSCRIBED) return { kind: 'rejected', code: 'ADDRESS_SUPPRESSED', detail };
  const isAboutMessage = code !== null && code >= ABOUT_MESSAGE.from && code <= ABOUT_MESSAGE.to;
  if (isAboutMessage || status === 400) return { kind: 'rejected', code: 'PROVIDER_REJECTED', detail };
  // Login, account, address of the gateway: an operator mends it, and the message waits until then.
  return { kind: 'again', afterMs: null, detail };
}

/** The gateway's words may quote the number, so only its id and its number of the error go on. */
function fieldsOf(body: unknown): { readonly sid: string | null; readonly code: number | null } {
  const { sid, code } = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  return {
    sid: typeof sid === 'string' && /^\w{1,64}$/.test(sid) ? sid : null,
    code: typeof code === 'number' && Number.isSafeInteger(code) ? code : null,
  };
}
