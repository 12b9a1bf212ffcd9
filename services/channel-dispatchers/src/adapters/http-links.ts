import { randomUUID } from 'node:crypto';
import { errors, KairosError } from '@kairos/contracts';
import { hashId } from '@kairos/decisions';
import type { FastifyInstance, FastifyReply, FastifyRequest } from '@kairos/service-kit';
import { isbot } from 'isbot';
import type { HomePost, Ledger, ShortLinks } from '../ports.ts';
import { unsubscribedPage, unsubscribePage } from './http-pages.ts';
import type { ClickClaim, TokenLinks } from './token-links.ts';

export interface LinkRoutes {
  readonly links: TokenLinks;
  readonly shortLinks: Pick<ShortLinks, 'find'>;
  readonly ledger: Pick<Ledger, 'find'>;
  readonly homePost: HomePost;
  nowMs(): number;
  /** There is news for the collector. */
  posted(): void;
  /** A click could not be kept; the person still gets where they wanted. */
  clickLost(error: unknown): void;
}

const CLICK_EVENTS: Readonly<Record<string, string>> = {
  email: 'Email Link Clicked',
  sms: 'SMS Link Clicked',
  onsite: 'Onsite Message Clicked',
};
/** Two clicks of a button within it are one wish. */
const SAME_WISH_MS = 60_000;

const invalid = () => new KairosError('LINK_INVALID', errors.LINK_INVALID.sentence);

/** Fetched ahead by a browser or mail program: nobody has clicked. */
const isPrefetch = ({ headers }: FastifyRequest): boolean =>
  [headers.purpose, headers['sec-purpose'], headers['x-purpose'], headers['x-moz']].some((value) =>
    /prefetch|preview|prerender/i.test(String(value ?? '')),
  );

/** What a page of ours may do: show itself. */
function asPage(reply: FastifyReply): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .header('x-content-type-options', 'nosniff')
    .header('x-robots-tag', 'noindex')
    .header(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    );
}

/** `/c/…` and the short `/s/…` lead a click to its target; `/u/…` shows a page, and unsubscribes when posted to. */
export function addLinkRoutes(server: FastifyInstance, routes: LinkRoutes): void {
  server.register(async (scope) => {
    scope.addContentTypeParser(
      ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'],
      { parseAs: 'string', bodyLimit: 4_096 },
      (_request, body, done) => done(null, body),
    );
    scope.get<{ Params: { token: string } }>('/c/:token', (request, reply) =>
      click(request, reply, { ...routes, claim: routes.links.readClick(request.params.token) }),
    );
    scope.get<{ Params: { code: string } }>('/s/:code', async (request, reply) =>
      click(request, reply, { ...routes, claim: await routes.shortLinks.find(request.params.code) }),
    );
    scope.get<{ Params: { token: string } }>('/u/:token', (request, reply) => {
      if (routes.links.readUnsubscribe(request.params.token) === undefined) throw invalid();
      return asPage(reply).send(unsubscribePage());
    });
    scope.post<{ Params: { token: string } }>(
      '/u/:token',
      async (request, reply) => await unsubscribe(request, reply, routes),
    );
  });
}

function click(
  request: FastifyRequest,
  reply: FastifyReply,
  { claim, homePost, nowMs, posted, clickLost }: LinkRoutes & { readonly claim: ClickClaim | undefined },
): FastifyReply {
  if (claim === undefined) throw invalid();
  const name = CLICK_EVENTS[claim.channel] ?? 'Message Clicked';
  if (request.method === 'GET' && !isPrefetch(request)) {
    const isSuspected = isbot(request.headers['user-agent'] ?? '');
    const properties = { link: claim.target, ...(isSuspected ? { suspectedBot: true } : {}) };
    const event = { eventId: randomUUID(), name, candidateId: claim.candidateId, occurredAtMs: nowMs(), properties };
    // The person does not wait for our bookkeeping.
    homePost.add(event).then(posted, clickLost);
  }
  return reply
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .header('x-robots-tag', 'noindex')
    .redirect(claim.target, 302);
}

/** RFC 8058: the body alone says it, without cookie, login or redirect. A form of ours sends the same body. */
const isOneClick = (body: unknown): boolean =>
  typeof body === 'string' && /List-Unsubscribe(=|"\s*\r?\n\r?\n)One-Click/i.test(body);

async function unsubscribe(
  request: FastifyRequest<{ Params: { token: string } }>,
  reply: FastifyReply,
  { links, ledger, homePost, nowMs, posted }: LinkRoutes,
): Promise<FastifyReply> {
  const claim = links.readUnsubscribe(request.params.token);
  if (claim === undefined) throw invalid();
  if (!isOneClick(request.body)) return asPage(reply.code(400)).send(unsubscribePage());
  const message = await ledger.find(claim.candidateId);
  if (message === undefined) throw invalid();
  const occurredAtMs = nowMs();
  await homePost.unsubscribe({
    eventId: hashId('unsubscribed', claim.candidateId, String(Math.floor(occurredAtMs / SAME_WISH_MS))),
    name: 'Unsubscribed',
    candidateId: claim.candidateId,
    occurredAtMs,
    properties: { channel: message.channel, purpose: message.purpose },
  });
  posted();
  return asPage(reply).send(unsubscribedPage());
}
