import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import { errors, KairosError } from '@kairos/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from '@kairos/service-kit';
import type { HomePost, Inbox, InboxMessage, Ledger } from '../ports.ts';
import { browserScript } from './browser-script.ts';
import { isSiteToken } from './site-token.ts';

export interface OnsiteRoutes {
  readonly inbox: Inbox;
  readonly ledger: Pick<Ledger, 'find'>;
  readonly homePost: HomePost;
  readonly siteSecrets: readonly string[];
  /** Origins of the sites; `*` = any. No cookie is ever used. */
  readonly origins: readonly string[];
  nowMs(): number;
  posted(): void;
  readonly heartbeatMs?: number;
  readonly maxStreams?: number;
}

export interface OnsiteServer {
  /** Streams that are open now. */
  readonly streams: number;
  /** Ends all streams; browsers come back by themselves. */
  close(): void;
}

interface Viewer {
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly token?: string;
}

const text = { type: 'string', minLength: 1, maxLength: 256 } as const;
const viewerSchema = { type: 'object', properties: { userId: text, anonymousId: text, token: text } } as const;
const seenSchema = {
  type: 'object',
  required: ['candidateId'],
  properties: { ...viewerSchema.properties, candidateId: text, what: { enum: ['seen', 'dismissed'] } },
} as const;

/** Whose inbox: a known person's only with the site's token, an anonymous one's by the id that only their browser knows. */
function personOf({ userId, anonymousId, token }: Viewer, { siteSecrets, nowMs }: OnsiteRoutes): string {
  if (userId !== undefined) {
    if (isSiteToken(userId, token ?? '', { secrets: siteSecrets, nowMs: nowMs() })) return `user:${userId}`;
    throw new KairosError('TOKEN_INVALID', errors.TOKEN_INVALID.sentence, { field: 'token' });
  }
  if (anonymousId !== undefined) return `anon:${anonymousId}`;
  throw new KairosError('TOKEN_INVALID', 'Say whose inbox: userId with a token, or anonymousId.', { field: 'userId' });
}

const shown = ({ candidateId, slot, html, expiresAtMs, number }: InboxMessage) => ({
  candidateId,
  slot,
  html,
  expiresAtMs,
  number,
});

/** The inbox on the site: a stream, a poll for those without one, and what the page reports back. */
export function addOnsiteRoutes(server: FastifyInstance, routes: OnsiteRoutes): OnsiteServer {
  const streams = new Set<() => void>();
  server.register(async (scope) => {
    const origin = routes.origins.includes('*') ? '*' : [...routes.origins];
    await scope.register(cors, { origin, methods: ['GET', 'POST'], maxAge: 86_400, credentials: false });
    // sendBeacon sends text without asking first.
    scope.addContentTypeParser(
      'text/plain',
      { parseAs: 'string', bodyLimit: 4_096 },
      scope.getDefaultJsonParser('error', 'error'),
    );
    scope.get('/kairos.js', async (_, reply) =>
      reply
        .type('text/javascript; charset=utf-8')
        .header('cache-control', 'public, max-age=300')
        .header('x-content-type-options', 'nosniff')
        .header('cross-origin-resource-policy', 'cross-origin')
        .send(browserScript()),
    );
    scope.get<{ Querystring: Viewer }>(
      '/v1/onsite/messages',
      { schema: { querystring: viewerSchema } },
      async (request, reply) => {
        const messages = await routes.inbox.list(personOf(request.query, routes), 0);
        return reply.header('cache-control', 'no-store').send({ messages: messages.map(shown) });
      },
    );
    scope.post<{ Body: Viewer & { candidateId: string; what?: 'seen' | 'dismissed' } }>(
      '/v1/onsite/seen',
      { schema: { body: seenSchema }, bodyLimit: 4_096 },
      async (request, reply) => {
        await noteSeen(request.body, routes);
        return reply.send({ success: true });
      },
    );
    scope.get<{ Querystring: Viewer & { lastEventId?: string } }>(
      '/v1/onsite/stream',
      { schema: { querystring: { ...viewerSchema, properties: { ...viewerSchema.properties, lastEventId: text } } } },
      async (request, reply) => {
        const personId = personOf(request.query, routes);
        if (streams.size >= (routes.maxStreams ?? 10_000)) {
          throw new KairosError('TOO_MANY_REQUESTS', 'This instance has no room for another stream.');
        }
        await stream(request, reply, { personId, routes, streams });
      },
    );
  });
  return {
    get streams() {
      return streams.size;
    },
    close() {
      for (const end of [...streams]) end();
    },
  };
}

/** A message counts as seen once; dismissing takes it out of the inbox. Only the person that it was sent to can do either. */
async function noteSeen(
  body: Viewer & { readonly candidateId: string; readonly what?: 'seen' | 'dismissed' },
  routes: OnsiteRoutes,
): Promise<void> {
  const personId = personOf(body, routes);
  const { candidateId, what = 'seen' } = body;
  const message = await routes.ledger.find(candidateId);
  if (message === undefined || message.personId !== personId || message.channel !== 'onsite') {
    throw new KairosError('NOT_FOUND', 'There is no such message in this inbox.', { field: 'candidateId' });
  }
  if (what === 'dismissed' && !(await routes.inbox.remove(personId, candidateId))) return;
  const name = what === 'dismissed' ? 'Onsite Message Dismissed' : 'Onsite Message Seen';
  // The same id for every report of the same message: it takes effect once.
  const eventId = `${candidateId}-${what}`;
  await routes.homePost.add({ eventId, name, candidateId, occurredAtMs: routes.nowMs(), properties: {} });
  routes.posted();
}

interface StreamOf {
  readonly personId: string;
  readonly routes: OnsiteRoutes;
  readonly streams: Set<() => void>;
}

/** Server-sent events: what is in the inbox, then whatever comes; after a break from Last-Event-ID on. */
async function stream(
  request: FastifyRequest<{ Querystring: { lastEventId?: string } }>,
  reply: FastifyReply,
  { personId, routes, streams }: StreamOf,
): Promise<void> {
  const resumeFrom = Number(request.headers['last-event-id'] ?? request.query.lastEventId ?? 0);
  let last = Number.isFinite(resumeFrom) ? resumeFrom : 0;
  const shownIds = new Set<string>();
  const raw = reply.raw;
  let looking = Promise.resolve();
  let isOpen = true;

  const look = async (): Promise<void> => {
    const all = await routes.inbox.list(personId, 0);
    for (const message of all.filter(({ number }) => number > last)) {
      last = message.number;
      raw.write(`id: ${message.number}\nevent: message\ndata: ${JSON.stringify(shown(message))}\n\n`);
    }
    const present = new Set(all.map(({ candidateId }) => candidateId));
    for (const candidateId of [...shownIds].filter((id) => !present.has(id))) {
      raw.write(`event: removed\ndata: ${JSON.stringify({ candidateId })}\n\n`);
    }
    shownIds.clear();
    for (const candidateId of present) shownIds.add(candidateId);
  };
  // One look at a time; what changes meanwhile is seen by the next. A store that is away now is asked at the next change or heartbeat.
  const changed = () => {
    looking = looking.then(async () => (isOpen ? await look() : undefined)).catch(() => {});
  };

  const unwatch = await routes.inbox.watch(personId, changed);
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    connection: 'keep-alive',
  });
  raw.write(`retry: ${2_000 + Math.floor((randomUUID().charCodeAt(0) % 16) * 100)}\n\n`);
  const heartbeat = setInterval(() => {
    raw.write(': \n\n');
    changed();
  }, routes.heartbeatMs ?? 15_000);
  const end = () => {
    if (!isOpen) return;
    isOpen = false;
    clearInterval(heartbeat);
    unwatch();
    streams.delete(end);
    raw.end();
  };
  streams.add(end);
  raw.on('close', end);
  raw.on('error', end);
  changed();
}
