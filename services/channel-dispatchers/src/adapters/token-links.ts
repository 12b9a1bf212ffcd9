import { createHmac } from 'node:crypto';
import type { ChosenMessage } from '@kairos/contracts';
import { signToken, type TokenCheck, verifyToken } from '@kairos/service-kit';
import type { LinkMaker, ShortLinkMaker } from '../channels/links.ts';

/** Links live two years, counted from the choice of their message: the same message gets the same links. */
const LIFE_MS = 2 * 365 * 86_400_000;

/** Letters and digits alone: phones leave other signs at the end of an address out of it. */
const SIGNS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** 71 bits: nobody finds one by trying. */
const CODE_LENGTH = 12;

export interface ClickClaim {
  readonly candidateId: string;
  readonly channel: string;
  readonly target: string;
}

export interface UnsubscribeClaim {
  readonly candidateId: string;
}

export interface TokenLinks extends LinkMaker, ShortLinkMaker {
  /** What a click token says; undefined when it is altered, expired or made for something else. */
  readClick(token: string): ClickClaim | undefined;
  readUnsubscribe(token: string): UnsubscribeClaim | undefined;
}

/**
 * Signed links. A token names the message and no person: who it was sent to stands in the ledger, so that no address
 * and no id of a person travels in a URL.
 */
export function createTokenLinks(options: {
  /** Where this service is reached from outside. */
  readonly publicUrl: string;
  /** The first signs; the others are still believed. */
  readonly secrets: readonly [string, ...string[]];
  nowMs(): number;
}): TokenLinks {
  const { secrets, nowMs } = options;
  const base = options.publicUrl.replace(/\/$/, '');
  const [secret] = secrets;
  const read = (token: string, use: string): TokenCheck => verifyToken(token, secrets, { nowMs: nowMs(), use });
  const expiryOf = ({ chosenAtMs }: ChosenMessage) => chosenAtMs + LIFE_MS;
  return {
    click(message, target) {
      const payload = { use: 'click', c: message.candidateId, ch: message.channel, t: target };
      return `${base}/c/${signToken(payload, secret, expiryOf(message))}`;
    },
    unsubscribe(message) {
      return `${base}/u/${signToken({ use: 'unsubscribe', c: message.candidateId }, secret, expiryOf(message))}`;
    },
    short({ candidateId }, target) {
      const bytes = createHmac('sha256', secret).update(`short\n${candidateId}\n${target}`).digest();
      const code = Array.from(bytes.subarray(0, CODE_LENGTH), (byte) => SIGNS[byte % SIGNS.length]).join('');
      return { url: `${base}/s/${code}`, link: { code, candidateId, target } };
    },
    readClick(token) {
      const check = read(token, 'click');
      if (!check.ok) return undefined;
      const { c, ch, t } = check.payload;
      if (typeof c !== 'string' || typeof ch !== 'string' || typeof t !== 'string') return undefined;
      // Signed by us, and still never anywhere but to the web.
      return /^https?:\/\//i.test(t) && URL.canParse(t) ? { candidateId: c, channel: ch, target: t } : undefined;
    },
    readUnsubscribe(token) {
      const check = read(token, 'unsubscribe');
      return check.ok && typeof check.payload.c === 'string' ? { candidateId: check.payload.c } : undefined;
    },
  };
}
