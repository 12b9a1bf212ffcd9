import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The destination is not allowed: it is, or resolves to, an address inside. */
export class ForbiddenAddressError extends Error {
  readonly code = 'EFORBIDDEN';
  constructor() {
    super('the destination is not a public address');
    this.name = 'ForbiddenAddressError';
  }
}

/**
 * Whether anybody on the internet could be reached under an address. IPv4 inside of IPv6 is looked at in whichever way it
 * is written; what cannot be read is not global.
 */
export function isGlobalAddress(text: string): boolean {
  if (isIP(text) === 0 || !ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address.range() !== 'unicast') return false;
  if (address.kind() === 'ipv4') return true;
  // Only 2000::/3 is given out; everything else in IPv6 is special, also where ipaddr.js knows no name for it.
  return ((address.toByteArray()[0] ?? 0) & 0xe0) === 0x20;
}

export type Resolve = (host: string, done: (error: NodeJS.ErrnoException | null, all: LookupAddress[]) => void) => void;

const resolveAll: Resolve = (host, done) => systemLookup(host, { all: true, verbatim: true }, done);

type LookupDone = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/**
 * A `lookup` for a socket: resolves once, refuses unless every address is global, and hands over what was checked. The
 * socket connects to just that, so a name that answers differently a moment later gains nothing.
 */
export function guardedLookup(isAllowedHost: (host: string) => boolean, resolve: Resolve = resolveAll) {
  return (host: string, options: LookupOptions, done: LookupDone): void => {
    resolve(host, (error, all) => {
      if (error !== null) return done(error, []);
      const isAllowed = all.length > 0 && (isAllowedHost(host) || all.every(({ address }) => isGlobalAddress(address)));
      if (!isAllowed) return done(new ForbiddenAddressError(), []);
      const [first] = all;
      if (options.all === true || first === undefined) return done(null, all);
      return done(null, first.address, first.family);
    });
  };
}

const PORTS = new Set(['', '443', '8443']);

/** Refuses an address before any connection: scheme, port, user part, and hosts that are addresses themselves. */
export function assertAllowed(url: URL, isAllowed: (url: URL) => boolean): void {
  if (isAllowed(url) && (url.protocol === 'http:' || url.protocol === 'https:')) return;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isPlain = url.protocol === 'https:' && PORTS.has(url.port) && url.username === '' && url.password === '';
  if (!isPlain || (isIP(host) !== 0 && !isGlobalAddress(host))) throw new ForbiddenAddressError();
}
