import type { CustomerEvent, IdentifiedEvent } from '@kairos/contracts';

/** A message id that was met, and the log time at which. */
export type RecentId = readonly [messageId: string, loggedAtMs: number];

/** What identify knows of one source key. */
export interface IdentityState {
  /** The person that this browser was linked to first; written once. */
  readonly link: string | null;
  /** Where later events of this browser go: follows each login. */
  readonly route: string | null;
  /** Message ids met, in log order. */
  readonly recent: readonly RecentId[];
}

export type IdentifyOutcome =
  | { readonly kind: 'identified'; readonly state: IdentityState; readonly event: IdentifiedEvent }
  /** The same message id came before: nothing happens. */
  | { readonly kind: 'repeat'; readonly state: IdentityState };

const WINDOW_MS = 7 * 86_400_000;
const MIN_RECENT = 512;
/** A key that sends more than this within the window is remembered by its last ids only: memory has an end. */
const MAX_RECENT = 4096;

const EMPTY: IdentityState = { link: null, route: null, recent: [] };

/**
 * Which person is this? Folds the events of one source key in the order of their log. A repeat of a `messageId` is
 * dropped (within 7 days of log time, and at least among the last 512 ids). An event that carries both ids links the
 * browser to the user: the first link is kept for ever, and the route follows the latest login.
 */
export function identify(
  state: IdentityState = EMPTY,
  event: CustomerEvent,
  about: { readonly personId: string; readonly loggedAtMs: number },
): IdentifyOutcome {
  const { personId: ownId, loggedAtMs } = about;
  if (isRecent(state.recent, event.messageId)) return { kind: 'repeat', state };
  const recent = remember(state.recent, [event.messageId, loggedAtMs]);
  const user = event.anonymousId && event.userId ? `user:${event.userId}` : null;
  const isFirstLink = user !== null && state.link === null;
  const route = user ?? state.route;
  return {
    kind: 'identified',
    state: { link: state.link ?? user, route, recent },
    event: { personId: route ?? ownId, loggedAtMs, linkedFrom: isFirstLink ? ownId : null, sentBy: null, event },
  };
}

function isRecent(recent: readonly RecentId[], messageId: string): boolean {
  // From the end: a repeat mostly follows soon.
  for (let index = recent.length - 1; index >= 0; index -= 1) {
    if (recent[index]?.[0] === messageId) return true;
  }
  return false;
}

function remember(recent: readonly RecentId[], entry: RecentId): readonly RecentId[] {
  const next = [...recent, entry];
  if (next.length <= MIN_RECENT) return next;
  const oldestMs = entry[1] - WINDOW_MS;
  const mayGo = next.length - MIN_RECENT;
  let gone = Math.max(0, next.length - MAX_RECENT);
  while (gone < mayGo && (next[gone]?.[1] ?? 0) < oldestMs) gone += 1;
  return gone === 0 ? next : next.slice(gone);
}
