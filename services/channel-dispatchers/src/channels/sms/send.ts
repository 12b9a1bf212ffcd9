import { Readable } from 'node:stream';
import type { ChosenMessage } from '@kairos/contracts';
import { Agent, type Dispatcher, request } from 'undici';
import {
  type Answer,
  type ChannelAdapter,
  type ChannelSpec,
  type Order,
  type RenderTemplate,
  type ShortLinks,
  UnsendableError,
} from '../../ports.ts';
import type { ShortLinkMaker } from '../links.ts';
import { answerOf } from './answer.ts';
import { type RenderedSms, renderSms, type SmsContent, smsSpec } from './spec.ts';

export interface SmsOptions {
  readonly account: {
    /** `https://api.twilio.com`, or whoever speaks its form. */
    readonly url: string;
    readonly accountSid: string;
    /** The first logs in. */
    readonly authTokens: readonly [string, ...string[]];
    /** A number, a name, or a messaging service (`MG…`). */
    readonly from: string;
  };
  readonly render: RenderTemplate;
  readonly links: ShortLinkMaker;
  readonly shortLinks: Pick<ShortLinks, 'keep'>;
  /** Where the gateway tells what became of a message; null = nowhere that it could reach. */
  statusUrl(message: ChosenMessage): string | null;
  nowMs(): number;
  readonly spec?: Partial<ChannelSpec>;
}

const MAX_ANSWER_BYTES = 65_536;

/** Posts texts. A gateway that asked for a pause is not called before it is over. */
export function createSmsChannel(options: SmsOptions): ChannelAdapter {
  const { nowMs, shortLinks } = options;
  const spec: ChannelSpec = { ...smsSpec, ...options.spec };
  const agent = new Agent({
    connections: spec.concurrency,
    connect: { timeout: spec.timeoutMs },
    headersTimeout: spec.timeoutMs,
    bodyTimeout: spec.timeoutMs,
    // Short: a connection that the other side closes while we write on it leaves us in the dark.
    keepAliveTimeout: 4_000,
  });
  let pausedUntilMs = 0;

  const send = async (message: ChosenMessage, sms: RenderedSms, signal: AbortSignal): Promise<Answer> => {
    const wait = pausedUntilMs - nowMs();
    if (wait > 0) return { kind: 'held', afterMs: wait };
    try {
      await shortLinks.keep(sms.links);
    } catch (error) {
      // A link that leads nowhere must not leave; the text waits until its links can be kept.
      return { kind: 'again', afterMs: null, detail: `the links could not be kept (${nameOf(error)})` };
    }
    const answer = await post(callOf(message, sms, options), {
      agent,
      signal: AbortSignal.any([signal, AbortSignal.timeout(spec.timeoutMs)]),
      nowMs,
    });
    if (answer.kind === 'again' && answer.afterMs !== null) pausedUntilMs = nowMs() + answer.afterMs;
    return answer;
  };

  return {
    spec,
    prepare(order) {
      const sms = renderSms(order as Order<SmsContent>, options);
      return { send: async (signal) => await send(order.message, sms, signal) };
    },
    async close() {
      await agent.close();
    },
  };
}

/** Without a gateway: what was chosen for it ends at once, and says why. */
export function smsNotSetUp(): ChannelAdapter {
  return {
    spec: smsSpec,
    prepare() {
      throw new UnsendableError('CHANNEL_NOT_CONFIGURED', 'no SMS gateway is set up');
    },
    async close() {},
  };
}

interface Call {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

function callOf(message: ChosenMessage, { to, text }: RenderedSms, { account, statusUrl }: SmsOptions): Call {
  const { url, accountSid, authTokens, from } = account;
  const callback = statusUrl(message);
  const form = new URLSearchParams({
    To: to,
    [from.startsWith('MG') ? 'MessagingServiceSid' : 'From']: from,
    Body: text,
    ...(callback === null ? {} : { StatusCallback: callback }),
  });
  const body = Buffer.from(form.toString());
  return {
    url: new URL(`${url.replace(/\/$/, '')}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`),
    headers: {
      authorization: `Basic ${Buffer.from(`${accountSid}:${authTokens[0]}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(body.length),
      // Twilio does not look at it; gateways that do drop a repeat.
      'idempotency-key': message.candidateId,
      'user-agent': 'kairos-sms/1',
    },
    body,
  };
}

async function post(
  { url, headers, body }: Call,
  { agent, signal, nowMs }: { readonly agent: Agent; readonly signal: AbortSignal; nowMs(): number },
): Promise<Answer> {
  // Read when a connection stands and not before: so it tells whether the gateway may have the text.
  let mayHaveLeft = false;
  const once = function* () {
    mayHaveLeft = true;
    yield body;
  };
  try {
    const response = await request(url, {
      method: 'POST',
      dispatcher: agent,
      signal,
      headers,
      body: Readable.from(once()),
    });
    const { statusCode: status } = response;
    return answerOf({ status, retryAfter: response.headers['retry-after'], body: await jsonOf(response) }, nowMs());
  } catch (error) {
    const detail = nameOf(error);
    return mayHaveLeft ? { kind: 'unclear', detail } : { kind: 'again', afterMs: null, detail };
  }
}

/** The status has been said already: a body that is no JSON, too long or broken off changes nothing about it. */
async function jsonOf({ body }: Dispatcher.ResponseData): Promise<unknown> {
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_ANSWER_BYTES) return undefined;
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** Names and codes only: an error's text may quote the number. */
function nameOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return String(code ?? name);
}
