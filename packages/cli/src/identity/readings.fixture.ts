import { isMoved, type PersonState } from '@kairos/decisions';
import { ownIdOf, type Told } from './stories.fixture.ts';

// The oracle knows nothing of links under way: it reads what was collected, and what came of it.

/** Follows the pointers; a loop fails. */
export function finalOf(persons: ReadonlyMap<string, PersonState>, personId: string): string {
  let at = personId;
  for (let hops = 0; hops < 20; hops += 1) {
    const state = persons.get(at);
    if (!isMoved(state)) return at;
    at = state.movedTo;
  }
  throw new Error(`pointers form a loop at ${personId}`);
}

/** User, browser, and what a customer types or shows. */
const placeOf = (id: string): number => {
  const at = ['user', 'anon'].indexOf(id.slice(0, id.indexOf(':')));
  return at < 0 ? 2 : at;
};

/** Who of two moves to the other; of a kind the larger id does, but no user. */
const isOlder = (a: string, b: string): boolean =>
  placeOf(a) > placeOf(b) || (placeOf(a) === placeOf(b) && placeOf(a) > 0 && a > b);

export interface Reading {
  readonly persons: ReadonlyMap<string, PersonState>;
  /** Whom identify gave an event to, by what was collected in the order of its log. */
  readonly who: ReadonlyMap<string, string>;
  /** Aliases that contradict the link of their browser. */
  readonly refused: ReadonlySet<string>;
  /** Whom a source key was linked to first. */
  readonly first: ReadonlyMap<string, string>;
  readonly order: ReadonlyMap<string, { readonly key: string; readonly number: number }>;
  /** Who that is in the end to whom an event was given. */
  finalOfEvent(messageId: string): string;
}

export function read({ house }: Told): Reading {
  const persons = house.states('enrich') as ReadonlyMap<string, PersonState>;
  const who = new Map<string, string>();
  const first = new Map<string, string>();
  const route = new Map<string, string>();
  const refused = new Set<string>();
  const order = new Map<string, { key: string; number: number }>();
  for (const { value, key, partition } of house.records('events.collected')) {
    const own = ownIdOf(key);
    if (!value.rehomed && value.link === null && house.partitionOf(key) !== partition) continue;
    if (value.link !== null) {
      // Of two addresses, or an address and a card, the smaller id stays where it is.
      if (!route.has(own) && isOlder(own, value.link.to)) {
        first.set(own, value.link.to);
        route.set(own, value.link.to);
      }
      continue;
    }
    if (who.has(value.messageId) || refused.has(value.messageId)) continue;
    // Who is no browser and has an id is nobody's old self.
    if (value.userId !== null && value.anonymousId !== null) {
      const user = `user:${value.userId}`;
      if (value.type === 'alias' && (first.get(own) ?? user) !== user) {
        refused.add(value.messageId);
        continue;
      }
      if (!first.has(own)) first.set(own, user);
      route.set(own, user);
    }
    who.set(value.messageId, route.get(own) ?? own);
    order.set(value.messageId, { key: own, number: order.size });
  }
  return { persons, who, refused, first, order, finalOfEvent: (id) => finalOf(persons, who.get(id) ?? '') };
}

export interface Outcome {
  /** Carts by how often they fired. */
  readonly fired: ReadonlyMap<string, number>;
  /** Carts whose reminder was taken back. */
  readonly withdrawn: ReadonlySet<string>;
  /** Whom the pattern fired for, by the name of then. */
  readonly fans: readonly string[];
  /** Ids of proposals by message and instance key. */
  readonly proposed: ReadonlyMap<string, ReadonlySet<string>>;
  /** To whom messages went, by message and instance key. */
  readonly chosen: ReadonlyMap<string, readonly string[]>;
}

export function outcomeOf({ house }: Told): Outcome {
  const fired = new Map<string, number>();
  const fans: string[] = [];
  for (const { value } of house.records('triggers.detected')) {
    if (value.outcome !== 'fired') continue;
    if (value.triggerId === 'fan') fans.push(value.personId);
    if (value.triggerId === 'cart-left') fired.set(value.instanceKey, (fired.get(value.instanceKey) ?? 0) + 1);
  }
  const withdrawn = new Set<string>();
  const proposed = new Map<string, Set<string>>();
  const nameOf = new Map<string, string>();
  const cartOf = new Map<string, string>();
  const records = house.records('messages.proposed').map(({ value }) => value);
  for (const { proposal } of records) {
    if (proposal === null) continue;
    const name = `${proposal.messageId} ${proposal.instanceKey}`;
    nameOf.set(proposal.candidateId, name);
    if (proposal.triggerId === 'cart-left') cartOf.set(proposal.candidateId, proposal.instanceKey);
    proposed.set(name, (proposed.get(name) ?? new Set()).add(proposal.candidateId));
  }
  for (const { withdrawal } of records) {
    if (withdrawal !== null) withdrawn.add(cartOf.get(withdrawal.candidateId) ?? '');
  }
  const chosen = new Map<string, string[]>();
  for (const { value } of house.records('messages.chosen')) {
    if (value.message === null) continue;
    const name = nameOf.get(value.message.candidateId) ?? '';
    chosen.set(name, [...(chosen.get(name) ?? []), value.message.personId]);
  }
  return { fired, withdrawn, fans, proposed, chosen };
}
