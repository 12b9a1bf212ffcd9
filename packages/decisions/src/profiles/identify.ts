import type { CustomerEvent, IdentifiedEvent } from '@kairos/contracts';
import { type Identifier, identifierOf, identifiersOf } from './identifiers.ts';
import { type Move, moveBetween } from './move.ts';
import { type RecentId, RecentIds } from './recent-ids.ts';

/** That an identifier belongs to a person was said, and need not be said again. */
export type Told = readonly [identifierPersonId: string, to: string];

/** What identify knows of one source key. */
export interface IdentityState {
  /** The person that this key was linked to first; written once. */
  readonly link: string | null;
  /** Where later events of this key go: follows each login. */
  readonly route: string | null;
  /** Message ids met, in log order. */
  readonly recent: RecentIds;
  /** The latest e-mail addresses, phone numbers and cards that this key gave, and whose they are by its word. */
  readonly told?: readonly Told[];
}

/** An identifier is pointed at a person, under its own key. */
export interface Pointing {
  readonly identifier: Identifier;
  readonly to: string;
}

export type IdentifyOutcome =
  | {
      readonly kind: 'identified';
      readonly state: IdentityState;
      readonly event: IdentifiedEvent;
      /** The key's own person is another one from here on: the first link. Both are told before the event goes out. */
      readonly move: Move | null;
      /** After the event. */
      readonly pointings: readonly Pointing[];
    }
  /** The same message id came before: nothing happens. */
  | { readonly kind: 'repeat'; readonly state: IdentityState }
  /** An alias says that this browser's story is a user's, and it was another user's before: it takes no effect. */
  | { readonly kind: 'contradiction'; readonly state: IdentityState };

/** Identifiers of one key that are remembered. A till that books hundreds of addresses tells each again at times. */
const MAX_TOLD = 16;

const EMPTY: IdentityState = { link: null, route: null, recent: RecentIds.of() };

/** A state as it was written down. */
export const readIdentity = (
  written: Omit<IdentityState, 'recent'> & { readonly recent: Iterable<RecentId> },
): IdentityState => ({ ...written, recent: RecentIds.of(written.recent) });

/**
 * Which person is this? Folds the events of one source key in the order of their log. A repeat of a `messageId` is
 * dropped (within 7 days of log time, and at least among the last 512 ids). An event that carries both ids links the
 * browser to the user: the first link is kept for ever, and the route follows the latest login. An e-mail address, a phone
 * number or a loyalty card that an event gives is pointed at its person; on the first link those given before are, too.
 * An alias is a login that also claims the past, so it can't follow a link to somebody else.
 */
export function identify(
  state: IdentityState = EMPTY,
  event: CustomerEvent,
  about: { readonly personId: string; readonly loggedAtMs: number },
): IdentifyOutcome {
  const { personId: ownId, loggedAtMs } = about;
  if (state.recent.has(event.messageId)) return { kind: 'repeat', state };
  const recent = state.recent.with(event.messageId, loggedAtMs);
  const user = event.anonymousId && event.userId ? `user:${event.userId}` : null;
  const isFirstLink = user !== null && state.link === null;
  if (event.type === 'alias' && !isFirstLink && user !== null && user !== state.link) {
    return { kind: 'contradiction', state: { ...state, recent } };
  }
  const route = user ?? state.route;
  const personId = route ?? ownId;
  const { told, pointings } = point(state.told, { event, ownId, personId, isFirstLink });
  return {
    kind: 'identified',
    // Spelled out: this is made for every event.
    state:
      told === undefined
        ? { link: state.link ?? user, route, recent }
        : { link: state.link ?? user, route, recent, told },
    event: {
      personId,
      loggedAtMs,
      linkedFrom: isFirstLink ? ownId : null,
      sentBy: personId === ownId ? null : ownId,
      event,
    },
    move: isFirstLink ? { from: ownId, to: user } : null,
    pointings,
  };
}

const NO_POINTINGS: readonly Pointing[] = [];

interface Giving {
  readonly event: CustomerEvent;
  readonly ownId: string;
  readonly personId: string;
  readonly isFirstLink: boolean;
}

/** What is to be said of identifiers now, and what was said after that. */
function point(
  told: readonly Told[] | undefined,
  { event, ownId, personId, isFirstLink }: Giving,
): { readonly told: readonly Told[] | undefined; readonly pointings: readonly Pointing[] } {
  const named = identifiersOf(event);
  if (named.length === 0 && !isFirstLink) return { told, pointings: NO_POINTINGS };
  const given = named.filter((identifier) => identifier.personId !== ownId);
  const before = isFirstLink ? (told ?? []).flatMap(([id]) => identifierOf(id) ?? []) : [];
  const pointings: Pointing[] = [];
  let after = told;
  for (const identifier of [...before, ...given]) {
    const id = identifier.personId;
    if (after?.some((known) => known[0] === id && known[1] === personId) === true) continue;
    pointings.push({ identifier, to: personId });
    after = [...(after ?? []).filter((known) => known[0] !== id), [id, personId] as const].slice(-MAX_TOLD);
  }
  return { told: after, pointings };
}

/** What a pointing of an identifier does. */
export interface LinkOutcome {
  readonly state: IdentityState;
  readonly move: Move | null;
  /** The move is the key's own first link: its new person is told to wait for the old state. */
  readonly isFirstLink: boolean;
  /** The identifier is another user's already: two users are never made one, so it stays where it is. */
  readonly isShared: boolean;
}

/**
 * An identifier is pointed at a person. The first time its own person moves there; later ones say that two persons are one,
 * and the lower of them moves to the other.
 */
export function identifyLink(
  state: IdentityState = EMPTY,
  { personId, to }: { readonly personId: string; readonly to: string },
): LinkOutcome {
  if (state.link !== null) {
    const move = moveBetween(state.link, to);
    return { state, move, isFirstLink: false, isShared: move === null && state.link !== to };
  }
  const move = moveBetween(personId, to);
  if (move === null || move.from !== personId) return { state, move, isFirstLink: false, isShared: false };
  return { state: { ...state, link: to, route: to }, move, isFirstLink: true, isShared: false };
}
