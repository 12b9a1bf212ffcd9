import { Agent, type Dispatcher, request } from 'undici';
import type { Answer, ChannelAdapter, ChannelSpec, Order, RenderTemplate } from '../../ports.ts';
import { retryAfterMs } from '../retry-after.ts';
import { assertAllowed, guardedLookup, type Resolve } from './address-guard.ts';
import { type RenderedWebhook, renderWebhook, signatureHeaders, type WebhookContent, webhookSpec } from './spec.ts';

export interface WebhookOptions {
  /** `whsec_…`; the first signs, the others too while they are on their way out. */
  readonly secrets: readonly string[];
  /** `host` or `host:port` that may be inside, over http too. For tests and for receivers of one's own. */
  readonly allowHosts: readonly string[];
  readonly render: RenderTemplate;
  nowMs(): number;
  readonly resolve?: Resolve;
  readonly spec?: Partial<ChannelSpec>;
}

const MAX_ANSWER_BYTES = 65_536;

/** Posts signed JSON. A destination that asked for a pause is not called before it is over. */
export function createWebhookChannel(options: WebhookOptions): ChannelAdapter {
  const spec: ChannelSpec = { ...webhookSpec, ...options.spec };
  const { secrets, render, nowMs } = options;
  const allowed = new Set(options.allowHosts);
  const isAllowed = (url: URL) => allowed.has(url.hostname) || allowed.has(url.host);
  const isAllowedHost = (host: string) => options.allowHosts.some((one) => one === host || one.startsWith(`${host}:`));
  const agent = new Agent({
    connections: spec.concurrency,
    connect: { lookup: guardedLookup(isAllowedHost, options.resolve) as never, timeout: spec.timeoutMs },
    headersTimeout: spec.timeoutMs,
    bodyTimeout: spec.timeoutMs,
    keepAliveTimeout: 10_000,
  });
  const pausedUntilMs = new Map<string, number>();

  const send = async (id: string, { url, body }: RenderedWebhook, signal: AbortSignal): Promise<Answer> => {
    const wait = (pausedUntilMs.get(url.host) ?? 0) - nowMs();
    if (wait > 0) return { kind: 'held', afterMs: wait };
    pausedUntilMs.delete(url.host);
    try {
      assertAllowed(url, isAllowed);
      const response = await request(url, {
        method: 'POST',
        dispatcher: agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(spec.timeoutMs)]),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'kairos-webhook/1',
          ...signatureHeaders(id, body, { secrets, nowMs: nowMs() }),
        },
        body,
      });
      // The status is all that counts; the rest is let go of, up to a bound.
      await response.body.dump({ limit: MAX_ANSWER_BYTES }).catch(() => {});
      const answer = answerOf(response, nowMs());
      if (answer.kind === 'again' && answer.afterMs !== null) pausedUntilMs.set(url.host, nowMs() + answer.afterMs);
      return answer;
    } catch (error) {
      return failure(error as NodeJS.ErrnoException);
    }
  };

  return {
    spec,
    prepare(order) {
      const webhook = renderWebhook(order as Order<WebhookContent>, render);
      return { send: async (signal) => await send(order.message.candidateId, webhook, signal) };
    },
    async close() {
      await agent.close();
    },
  };
}

function answerOf({ statusCode, headers }: Dispatcher.ResponseData, nowMs: number): Answer {
  const detail = `HTTP ${statusCode}`;
  if (statusCode >= 200 && statusCode < 300) return { kind: 'accepted', providerId: null };
  const isBusy = statusCode === 408 || statusCode === 425 || statusCode === 429 || statusCode >= 500;
  if (isBusy) return { kind: 'again', afterMs: retryAfterMs(headers['retry-after'], nowMs), detail };
  return { kind: 'rejected', code: 'PROVIDER_REJECTED', detail };
}

/** Failures before a connection stood: the receiver has nothing. All others: it may have everything. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_HAS_EXPIRED',
]);

function failure(error: NodeJS.ErrnoException): Answer {
  const code = error.code ?? error.name;
  if (code === 'EFORBIDDEN') return { kind: 'rejected', code: 'PROVIDER_REJECTED', detail: 'forbidden destination' };
  if (NOT_CONNECTED.has(code)) return { kind: 'again', afterMs: null, detail: code };
  return { kind: 'unclear', detail: code };
}
