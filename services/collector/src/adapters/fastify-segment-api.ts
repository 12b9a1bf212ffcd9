import cors from '@fastify/cors';
import { KairosError } from '@kairos/contracts';
import {
  basicOf,
  bearerOf,
  errorBody,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  statusOf,
} from '@kairos/service-kit';
import { CALL_TYPES, type Call, type Intake, type IntakeAnswer } from '../ports.ts';
import { callOf } from './call-of-text.ts';
import { type BodyLimits, BodyReader } from './http-body.ts';
import { clientSettings } from './segment-client-settings.ts';

export interface SegmentApiOptions {
  readonly intake: Intake;
  readonly limits: BodyLimits;
  /** Where browsers reach this collector; from the request's Host when undefined. */
  readonly publicUrl: string | undefined;
  /** Whether the client's address is handed to the core. */
  readonly keepIp: boolean;
}

/** Paths of a call: the long one and what Segment's browser library says. */
const pathsOf = (type: Call['type']): readonly string[] =>
  type === 'batch' ? ['/v1/batch', '/v1/b', '/v1/import'] : [`/v1/${type}`, `/v1/${type.slice(0, 1)}`];

const single = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value === '' ? undefined : value;

/** The write key where it stands outside of the body. */
function writeKeyOf(request: FastifyRequest): string | undefined {
  const { authorization } = request.headers;
  const basic = basicOf(authorization)?.user;
  if (basic !== undefined && basic !== '') return basic;
  const { writeKey } = request.query as { writeKey?: unknown };
  return (
    bearerOf(authorization) ??
    single(request.headers['x-write-key']) ??
    (typeof writeKey === 'string' && writeKey !== '' ? writeKey : undefined)
  );
}

const JSON_TYPE = 'application/json; charset=utf-8';
const TAKEN = JSON.stringify({ success: true });

/** `{"success":true}` when everything was taken, as Segment's clients expect it; else what was refused, and why. */
function send(reply: FastifyReply, answer: IntakeAnswer): FastifyReply {
  const { accepted, rejected, rejectedCount } = answer;
  if (rejectedCount === 0) return reply.type(JSON_TYPE).send(TAKEN);
  const [first] = rejected;
  if (accepted > 0 || first === undefined) return reply.send({ success: true, accepted, rejectedCount, rejected });
  const error = new KairosError(first.code, first.message, { field: first.field });
  const status = rejectedCount === 1 ? statusOf(first.code) : 400;
  return reply.code(status).send({ ...errorBody(error), accepted, rejectedCount, rejected });
}

function addCalls(scope: FastifyInstance, options: SegmentApiOptions, bodies: BodyReader): void {
  const { intake } = options;
  const handle = (type: Call['type']) => async (request: FastifyRequest, reply: FastifyReply) => {
    const writeKey = writeKeyOf(request);
    // Before a byte of the body is read: a stranger's bomb is not inflated.
    const source = writeKey === undefined ? undefined : intake.sourceOf(writeKey);
    const { headers } = request;
    const answer = await bodies.read(request.raw, headers, (text) =>
      intake.take({
        ...callOf(type, text),
        source,
        clientIp: options.keepIp ? request.ip : undefined,
        userAgent: single(headers['user-agent'])?.slice(0, 1_024),
        origin: single(headers.origin),
        traceparent: single(headers.traceparent),
      }),
    );
    return send(reply, answer);
  };
  for (const type of [...CALL_TYPES, 'batch'] as const) {
    for (const path of pathsOf(type)) scope.post(path, { config: { cors: false } }, handle(type));
  }
}

function addSettings(scope: FastifyInstance, { intake, publicUrl }: SegmentApiOptions): void {
  scope.get('/v1/projects/:writeKey/settings', (request, reply) => {
    const { writeKey } = request.params as { writeKey: string };
    const source = intake.sourceOf(writeKey);
    if (source.kind !== 'browser') {
      // A key in a URL ends up in logs: only those that are public anyway.
      throw new KairosError('NOT_ALLOWED_FOR_KEY', 'Settings are for keys of kind browser.', { field: 'writeKey' });
    }
    const base = publicUrl ?? `${request.protocol}://${request.host}`;
    return reply.header('cache-control', 'no-cache').send(clientSettings(writeKey, base));
  });
}

/** Segment's HTTP API on a Fastify server. Bodies are JSON whatever their Content-Type says, as the clients want it. */
export async function addSegmentApi(server: FastifyInstance, options: SegmentApiOptions): Promise<void> {
  const bodies = new BodyReader(options.limits);
  await server.register(async (scope) => {
    await scope.register(cors, {
      origin: '*',
      methods: ['GET', 'POST', 'OPTIONS'],
      credentials: false,
      maxAge: 86_400,
    });
    scope.addHook('onRequest', (request, reply, done) => {
      const { raw } = request;
      if (raw.method === 'POST') {
        // A malformed Content-Type would be refused before the body is looked at.
        raw.headers['content-type'] = 'application/json';
        // All that the plugin adds to what is no preflight, at a fraction of its cost; the routes opt out of it.
        reply.header('access-control-allow-origin', '*');
      }
      done();
    });
    // The handler reads the stream itself, with limits that count after inflation.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    addCalls(scope, options, bodies);
    addSettings(scope, options);
  });
}
