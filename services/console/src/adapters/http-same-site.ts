import { errors, KairosError } from '@kairos/contracts';
import type { FastifyInstance, FastifyRequest } from '@kairos/service-kit';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what another site makes a browser send. The session's cookie is SameSite=Strict; this is the second lock, for
 * browsers that hand it over all the same and for sites that share the host. Programs send neither header and pass.
 */
export function refuseOtherSites(server: FastifyInstance): void {
  server.addHook('onRequest', async (request) => {
    if (SAFE.has(request.method)) return;
    if (!isOwnSite(request)) throw new KairosError('CROSS_SITE_REQUEST', errors.CROSS_SITE_REQUEST.sentence);
    const type = request.headers['content-type'];
    // A form of another site can send text, never JSON.
    if (type !== undefined && !/^application\/json(?:\s*;|$)/i.test(type)) {
      throw new KairosError('FIELD_INVALID', `The body must be application/json; it is ${type.slice(0, 80)}.`, {
        field: 'content-type',
      });
    }
  });
}

/** As the browser says; one that does not say it names at least the origin, which must be the host that was asked. */
function isOwnSite({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin, host } = headers;
  if (origin === undefined) return true;
  return URL.parse(origin)?.host === host;
}
