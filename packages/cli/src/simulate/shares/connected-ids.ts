import type { CollectedEvent } from '@kairos/contracts';
import { cardOf, identifiersOf, parseObject, senderOf, textHash } from '@kairos/decisions';

/** Every name under which identify may know the sender of an event; none where nothing says who it was. */
export function idsOf(event: CollectedEvent): readonly string[] {
  const { anonymousId, userId } = event;
  const given = identifiersOf(event);
  if (anonymousId && !userId && given.length === 0) return [`anon:${anonymousId}`];
  if (userId && !anonymousId && given.length === 0) return [`user:${userId}`];
  const ids = new Set(given.map(({ personId }) => personId));
  if (anonymousId) ids.add(`anon:${anonymousId}`);
  if (userId) ids.add(`user:${userId}`);
  if (!anonymousId && !userId) {
    const traits = parseObject(event.traits);
    const sender = senderOf({ ...event, card: cardOf(traits, parseObject(event.context)) }, traits);
    if (sender !== null) ids.add(sender.personId);
  }
  return [...ids];
}

/** A number for a list of ids, whatever their order. */
export function markOf(ids: readonly string[]): number {
  let mark = 0;
  for (const id of ids) mark = (mark + textHash(id)) >>> 0;
  return mark;
}

/** A number that is the same for all ids that belong together, below `count`. */
export type PlaceOf = (ids: readonly string[], count: number) => number;

/** Ids that belong together have two places. */
export class Apart extends Error {
  constructor() {
    super('an event names persons of two places');
  }
}

/** As long as it is not known who belongs together: by each id alone. Throws `Apart` where an event shows that this will not do. */
export const placeByIds: PlaceOf = (ids, count) => {
  const [first] = ids;
  if (first === undefined) return 0;
  const place = textHash(first) % count;
  for (let at = 1; at < ids.length; at += 1) if (textHash(ids[at] as string) % count !== place) throw new Apart();
  return place;
};

/**
 * Which ids belong together, because events name them together. Persons who share none have nothing to do with each
 * other. Remembers only ids that were named with another one.
 */
export class ConnectedIds {
  /** Each id to another one of its group; the last of such a way stands for the group. */
  readonly #next = new Map<string, string>();

  connect(ids: readonly string[]): void {
    const [first] = ids;
    if (first === undefined || ids.length < 2) return;
    let root = this.#rootOf(first);
    for (let at = 1; at < ids.length; at += 1) {
      const other = this.#rootOf(ids[at] as string);
      if (other === root) continue;
      // By their hashes, as good as at random: so the ways stay short whatever the order of the events.
      const [low, high] = textHash(other) < textHash(root) ? [other, root] : [root, other];
      this.#next.set(high, low);
      root = low;
    }
  }

  readonly placeOf: PlaceOf = (ids, count) => {
    const [first] = ids;
    return first === undefined ? 0 : textHash(this.#rootOf(first)) % count;
  };

  #rootOf(id: string): string {
    const next = this.#next.get(id);
    if (next === undefined) return id;
    let root = next;
    for (let above = this.#next.get(root); above !== undefined; above = this.#next.get(root)) root = above;
    // All who were asked on the way need not be asked again.
    for (let at = id; at !== root; ) {
      const after = this.#next.get(at) ?? root;
      this.#next.set(at, root);
      at = after;
    }
    return root;
  }
}
