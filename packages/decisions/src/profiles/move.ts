/** Who moves to whom. */
export interface Move {
  /** The old person. */
  readonly from: string;
  /** Who it is from now on. */
  readonly to: string;
}

/** An identifier as a customer types it may be shared or mistyped, a browser is one device, a user id is the customer's own. */
function rankOf(personId: string): number {
  if (personId.startsWith('user:')) return 0;
  return personId.startsWith('anon:') ? 1 : 2;
}

/**
 * Which of two persons who turn out to be one moves to the other: e-mail, phone and card to an anonymous one, that to a user;
 * between two of a kind to the smaller id. One total order, so pointers never form a loop. Null when nobody moves: they
 * are the same already, or two users, whom no event makes one.
 */
export function moveBetween(a: string, b: string): Move | null {
  if (a === b) return null;
  const [rankA, rankB] = [rankOf(a), rankOf(b)];
  if (rankA === 0 && rankB === 0) return null;
  const isAOld = rankA > rankB || (rankA === rankB && a > b);
  return isAOld ? { from: a, to: b } : { from: b, to: a };
}
