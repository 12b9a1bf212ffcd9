import { KairosError } from '@kairos/contracts';
import { bearerOf, constantTimeEqual, type FastifyInstance } from '@kairos/service-kit';

/**
 * Asks for the API token on every route under `/v1/`. By the route that was matched, not by the address as it was sent:
 * `/%761/persons` is the same route.
 */
export function requireToken(server: FastifyInstance, expected: string): void {
  server.addHook('onRequest', async (request) => {
    if (request.routeOptions.url?.startsWith('/v1/') !== true) return;
    const token = bearerOf(request.headers.authorization);
    if (token === undefined || !constantTimeEqual(token, expected)) {
      throw new KairosError('TOKEN_INVALID', 'Send the API token as “authorization: Bearer …”.', {
        field: 'authorization',
      });
    }
  });
}
