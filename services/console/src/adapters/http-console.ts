import { existsSync } from 'node:fs';
import fastifyCookie from '@fastify/cookie';
import fastifyStatic from '@fastify/static';
import { KairosError } from '@kairos/contracts';
import type { Definition } from '@kairos/decisions';
import { scaleDurations } from '@kairos/playbook';
import type { FastifyInstance } from '@kairos/service-kit';
import type { FlowWatch, LivePlaybook, Mailbox, PersonWatches, Rehearsals, Timelines, WorkList } from '../ports.ts';
import { registerAuthoring } from './http-authoring.ts';
import { isLoggedIn, type LoginOptions, registerLogin } from './http-login.ts';
import { mayHandIn, registerRehearsals } from './http-rehearsals.ts';
import { refuseOtherSites } from './http-same-site.ts';
import { registerSegments } from './http-segments.ts';
import { registerTasks } from './http-tasks.ts';
import { registerTracking, type TrackingViewOf } from './http-tracking.ts';
import { registerJourneySteps, registerTriggers } from './http-triggers.ts';
import { registerWatch } from './http-watch.ts';

export interface ConsoleParts {
  readonly trackingView: TrackingViewOf;
  readonly flow: FlowWatch;
  readonly timelines: Timelines;
  readonly mailbox: Mailbox | null;
  readonly workList: WorkList;
  readonly playbook: LivePlaybook;
  readonly watches: PersonWatches;
  /** Null where no folder was given for them. */
  readonly rehearsals: Rehearsals | null;
  /** Link to a trace, `{traceId}` is replaced; null shows the bare id. */
  readonly traceUrl: string | null;
}

/** What a visitor without a session may ask. */
const OPEN = new Set(['/api/login', '/api/session']);
const MAILS_SHOWN = 200;

/** Pages load nothing from elsewhere; mails are shown in sandboxed frames, which the policy of this page still binds. */
const POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "frame-src 'self'",
  "frame-ancestors 'self'",
  "object-src 'none'",
  "base-uri 'none'",
].join('; ');

/** The console's pages and the API behind them. Everything but the login asks for a session. */
export async function registerConsole(
  server: FastifyInstance,
  parts: ConsoleParts,
  options: LoginOptions & { readonly webFolder: string; readonly apiToken: string },
): Promise<void> {
  await server.register(fastifyCookie);
  server.addHook('onRequest', async (request, reply) => {
    reply
      .header('content-security-policy', POLICY)
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'same-origin');
    // By the route that was matched, not by the address: `/%61pi/…` is the same route.
    const route = request.routeOptions.url ?? '';
    if (route.startsWith('/api/') && !OPEN.has(route) && !isLoggedIn(request, options) && !mayHandIn(request, options))
      throw new KairosError('NOT_LOGGED_IN', 'Log in first.');
  });
  refuseOtherSites(server);
  registerLogin(server, options);
  registerAuthoring(server, { live: () => asWritten(parts.playbook) });
  registerTasks(server, parts.workList);
  registerTriggers(server, { timelines: parts.timelines, live: () => parts.playbook.whole(), now: options.now });
  registerJourneySteps(server, { timelines: parts.timelines, live: () => parts.playbook.whole() });
  registerSegments(server, { timelines: parts.timelines, live: () => parts.playbook.whole(), now: options.now });
  registerApi(server, parts, options);
  registerWatch(server, parts);
  registerTracking(server, parts, options);
  registerRehearsals(server, parts.rehearsals);
  if (existsSync(options.webFolder)) {
    await server.register(fastifyStatic, { root: options.webFolder, wildcard: false });
    // Pages are addressed by path; the app finds its page itself.
    server.get('/*', async (request, reply) => {
      if (request.url.startsWith('/api/')) throw new KairosError('NOT_FOUND', `Nothing at ${request.url}.`);
      return reply.sendFile('index.html');
    });
  }
}

/** What is live with the durations that its authors wrote: a text that is compared with it knows no time scale. */
const asWritten = (playbook: LivePlaybook): readonly Definition[] =>
  scaleDurations(playbook.whole(), 1 / (playbook.current()?.timeScale ?? 1));

function registerApi(server: FastifyInstance, parts: ConsoleParts, options: LoginOptions): void {
  server.get('/api/session', async (request) => ({ loggedIn: isLoggedIn(request, options), traceUrl: parts.traceUrl }));
  server.get('/api/flow', async () => parts.flow.snapshot());
  server.get<{ Querystring: { search?: string } }>('/api/persons', async ({ query }) =>
    parts.timelines.get(`/v1/persons?limit=100&search=${encodeURIComponent(query.search ?? '')}`),
  );
  server.get<{ Params: { id: string }; Querystring: { beforeMs?: string } }>(
    '/api/persons/:id',
    async ({ params, query }) => {
      const before = query.beforeMs === undefined ? '' : `&beforeMs=${encodeURIComponent(query.beforeMs)}`;
      return parts.timelines.get(`/v1/persons/${encodeURIComponent(params.id)}/timeline?limit=300${before}`);
    },
  );
  server.get<{ Querystring: { hours?: string } }>('/api/counts', async ({ query }) => {
    const hours = Math.min(Math.max(Number(query.hours) || 24, 1), 24 * 400);
    return parts.timelines.get(`/v1/counts?fromMs=${options.now() - hours * 3_600_000}`);
  });
  server.get('/api/mailbox', async () => ({
    available: parts.mailbox !== null,
    mails: (await parts.mailbox?.list(MAILS_SHOWN)) ?? [],
  }));
  server.get<{ Params: { id: string } }>('/api/mailbox/:id', async ({ params }) => {
    const mail = await parts.mailbox?.read(params.id);
    if (mail === null || mail === undefined) throw new KairosError('NOT_FOUND', `No mail ${params.id}.`);
    return mail;
  });
  server.get('/api/playbook', async () => ({ playbook: parts.playbook.current() }));
}
