import { KairosError } from '@kairos/contracts';
import {
  constantTimeEqual,
  type FastifyInstance,
  type FastifyRequest,
  signToken,
  verifyToken,
} from '@kairos/service-kit';

const COOKIE = 'kairos_session';
const SESSION_MS = 12 * 3_600_000;
const USE = 'console-session';
/** Guesses a minute, over all callers: there is one admin. */
const ATTEMPTS_PER_MINUTE = 20;

export interface LoginOptions {
  readonly password: string;
  readonly sessionSecret: string;
  now(): number;
}

/** Whether the request carries a session that this console signed. */
export function isLoggedIn(request: FastifyRequest, { sessionSecret, now }: LoginOptions): boolean {
  const token = request.cookies[COOKIE];
  return token !== undefined && verifyToken(token, sessionSecret, { nowMs: now(), use: USE }).ok;
}

/** Local admin login: one generated password, a signed session cookie, and a limit on guesses. */
export function registerLogin(server: FastifyInstance, options: LoginOptions): void {
  let minute = 0;
  let attempts = 0;
  const countAttempt = (): void => {
    const current = Math.floor(options.now() / 60_000);
    if (current !== minute) attempts = 0;
    minute = current;
    if (++attempts > ATTEMPTS_PER_MINUTE) throw new KairosError('TOO_MANY_REQUESTS', 'Too many logins; wait a minute.');
  };

  server.post<{ Body: { password?: unknown } | null }>('/api/login', async (request, reply) => {
    countAttempt();
    const given = request.body?.password;
    if (typeof given !== 'string' || !constantTimeEqual(given, options.password)) {
      throw new KairosError('LOGIN_FAILED', 'The password is wrong; npm start and kairos up print it.', {
        field: 'password',
      });
    }
    attempts = 0;
    const token = signToken({ use: USE, sub: 'admin' }, options.sessionSecret, options.now() + SESSION_MS);
    reply.setCookie(COOKIE, token, { path: '/', httpOnly: true, sameSite: 'strict', maxAge: SESSION_MS / 1000 });
    return { success: true };
  });

  server.post('/api/logout', async (_request, reply) => {
    reply.clearCookie(COOKIE, { path: '/' });
    return { success: true };
  });
}
