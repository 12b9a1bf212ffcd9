import type { AddressInfo } from 'node:net';
import { type ErrorCode, type ErrorInfo, errors, KairosError } from '@kairos/contracts';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyServerOptions,
} from 'fastify';
import { type Logger, silentLogger } from './logger.ts';
import type { Metrics } from './metrics.ts';

export type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Whether this instance may be given work, and if not, why (short texts without personal data). */
export interface Readiness {
  readonly ok: boolean;
  readonly reasons: readonly string[];
}

export interface OpsServerOptions {
  readonly name: string;
  readonly host: string;
  /** 0 picks a free one; `url` of the server tells. */
  readonly port: number;
  /** Asked on each /readyz; must answer at once. */
  ready(): Readiness;
  readonly metrics?: Metrics;
  readonly log?: Logger;
  /** Adds the service's own routes. */
  register?(server: FastifyInstance): void | Promise<void>;
  /** More Fastify options (bodyLimit, trustProxy, rewriteUrl …). */
  readonly fastify?: Omit<FastifyServerOptions, 'loggerInstance' | 'logger' | 'http2' | 'https'> | undefined;
  /** How long requests under way may take once the server closes; then their connections are cut. Default 10 s. */
  readonly closeGraceMs?: number;
}

export interface OpsServer {
  readonly url: string;
  readonly fastify: FastifyInstance;
  /** From now on own routes answer 503 SHUTTING_DOWN; probes go on. */
  drain(): void;
  /** Takes no more connections, lets requests under way end, then closes. May be called twice. */
  close(): Promise<void>;
}

/** “Not now”: answered with Retry-After. */
export class RetryLaterError extends KairosError {
  readonly waitMs: number;
  constructor(code: ErrorCode, message: string, waitMs: number) {
    super(code, message);
    this.name = 'RetryLaterError';
    this.waitMs = waitMs;
  }
}

/** What every HTTP error of the house looks like. */
export interface ErrorBody {
  readonly success: false;
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string;
}

export const errorBody = (error: KairosError): ErrorBody => ({
  success: false,
  code: error.code,
  message: error.message,
  ...(error.field === undefined ? {} : { field: error.field }),
});

/** HTTP status of a code; 500 where the list has none. */
export const statusOf = (code: ErrorCode): number => {
  const info: ErrorInfo = errors[code];
  return info.status ?? 500;
};

const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'TOKEN_INVALID',
  404: 'NOT_FOUND',
  413: 'REQUEST_TOO_LARGE',
  415: 'ENCODING_UNSUPPORTED',
  429: 'TOO_MANY_REQUESTS',
};
const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'REQUEST_TOO_LARGE',
  FST_ERR_CTP_INVALID_JSON_BODY: 'MALFORMED_JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'MALFORMED_JSON',
};

/** The house's error for whatever a handler threw. Only faults of the client keep their text. */
export function toKairosError(error: unknown): KairosError {
  if (error instanceof KairosError) return error;
  const { statusCode, code, message } = error as Partial<FastifyError>;
  const known = code === undefined ? undefined : FASTIFY_CODES[code];
  if (known !== undefined) return new KairosError(known, errors[known].sentence, { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new KairosError(STATUS_CODES[statusCode] ?? 'FIELD_INVALID', message ?? 'The request is not valid.', {
      cause: error,
    });
  }
  return new KairosError('INTERNAL', errors.INTERNAL.sentence, { cause: error });
}

/** Answers with the house's error body; says when to come again where that makes sense. */
export function replyError(reply: FastifyReply, error: KairosError): FastifyReply {
  const status = statusOf(error.code);
  if ((status === 429 || status === 503) && !reply.hasHeader('retry-after')) {
    const waitMs = error instanceof RetryLaterError ? error.waitMs : 1_000;
    reply.header('retry-after', String(Math.max(1, Math.ceil(waitMs / 1_000))));
  }
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(errorBody(error)));
}

const OPS_PATHS = new Set(['/livez', '/readyz', '/healthz', '/metrics']);

function addOpsRoutes(server: FastifyInstance, options: OpsServerOptions): void {
  server.get('/livez', () => ({ ok: true, service: options.name }));
  server.get('/readyz', (_, reply) => {
    const readiness = options.ready();
    return reply.code(readiness.ok ? 200 : 503).send({ ...readiness, service: options.name });
  });
  server.get('/healthz', () => {
    const { ok, reasons } = options.ready();
    return { ok: true, service: options.name, ready: ok, reasons, uptimeSeconds: Math.round(process.uptime()) };
  });
  server.get('/metrics', async (_, reply) => {
    if (options.metrics === undefined) throw new KairosError('NOT_FOUND', 'This server has no metrics.');
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await options.metrics.text());
  });
}

function addErrorHandlers(server: FastifyInstance, log: Logger): void {
  server.setErrorHandler((thrown, request, reply) => {
    const error = toKairosError(thrown);
    // The route's pattern, never the URL: a URL may carry keys and tokens.
    if (error.code === 'INTERNAL') log.error({ err: thrown, route: request.routeOptions.url }, 'a request failed');
    return replyError(reply, error);
  });
  server.setNotFoundHandler((request, reply) =>
    replyError(reply, new KairosError('NOT_FOUND', `There is no ${request.method} at this address.`)),
  );
}

/**
 * The HTTP server of a service: probes, metrics, the house's error bodies, timeouts, and the service's own routes. It
 * logs no requests (URLs and bodies are personal).
 */
export async function createOpsServer(options: OpsServerOptions): Promise<OpsServer> {
  const log = options.log ?? silentLogger();
  let isDraining = false;
  const server = Fastify({
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    onProtoPoisoning: 'remove',
    onConstructorPoisoning: 'remove',
    routerOptions: { maxParamLength: 500 },
    ...options.fastify,
    logger: false,
  });
  addErrorHandlers(server, log);
  // A callback: a promise for every request would cost more than what is asked here.
  server.addHook('onRequest', (request, _reply, done) => {
    if (isDraining && !OPS_PATHS.has(request.routeOptions.url ?? '')) {
      done(new KairosError('SHUTTING_DOWN', errors.SHUTTING_DOWN.sentence));
    } else {
      done();
    }
  });
  addOpsRoutes(server, options);
  await options.register?.(server);
  await server.listen({ host: options.host, port: options.port });
  const { port } = server.server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  const closeOnce = async (): Promise<void> => {
    isDraining = true;
    // A connection that becomes idle only after the close began is closed by nobody else.
    const sweep = setInterval(() => server.server.closeIdleConnections(), 50);
    const cut = setTimeout(() => server.server.closeAllConnections(), options.closeGraceMs ?? 10_000);
    try {
      await server.close();
    } finally {
      clearInterval(sweep);
      clearTimeout(cut);
    }
  };
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host}:${port}`,
    fastify: server,
    drain() {
      isDraining = true;
    },
    close() {
      closing ??= closeOnce();
      return closing;
    },
  };
}
