/** A statement on a channel and purpose, with what an auditor needs to find its event. Null: of before there was a history. */
export interface ConsentStatement {
  /** `assumed`: by a source, while nothing was said. */
  readonly state: 'assumed' | 'granted' | 'denied';
  readonly atMs: number;
  readonly loggedAtMs: number | null;
  /** Event name, `traits.consent`, `context.consent` or `assumed:` and the source. */
  readonly origin: string;
  readonly source: string | null;
  readonly sourceKind: string | null;
  readonly messageId: string | null;
  /** Whose it was before two persons became one; absent: this person's. */
  readonly personId?: string;
}

/** What is remembered of a channel and purpose: statements in order of time, changes and the newest repeats. */
export interface PairHistory {
  readonly said: readonly ConsentStatement[];
  /** There was more before the first, which is kept only for what the next one changed. */
  readonly hasForgotten?: boolean;
}

/** By `channel/purpose`. */
export type ConsentHistory = Readonly<Record<string, PairHistory>>;

/** A change of consent as readers see it. */
export interface ConsentChange {
  readonly channel: string;
  readonly purpose: string;
  readonly from: 'unknown' | ConsentStatement['state'];
  readonly to: ConsentStatement['state'];
  readonly occurredAtMs: number;
  readonly loggedAtMs: number | null;
  readonly origin: string;
  readonly source: string | null;
  readonly sourceKind: string | null;
  readonly messageId: string | null;
  readonly personId: string;
}

/** What the history asks of a profile: whose it is, how consent stands, and what was kept. */
interface Consenting {
  readonly personId: string;
  readonly consent: Readonly<
    Record<
      string,
      {
        readonly state: 'granted' | 'denied';
        readonly sinceMs: number;
        readonly atMs: number;
        readonly origin: string;
      }
    >
  >;
  readonly consentHistory?: ConsentHistory | undefined;
}

export const MAX_CHANGES = 20;
const MAX_CHANGES_IN_ALL = 200;
const MAX_REPEATS = 8;
const MAX_REPEATS_IN_ALL = 20;
const MAX_PAIRS = 50;
const KNOWN_CHANNELS: ReadonlySet<string> = new Set(['email', 'onsite', 'webhook', 'sms', 'push']);
const KNOWN_PURPOSES: ReadonlySet<string> = new Set(['marketing', 'service']);

interface Room {
  readonly changes: number;
  readonly repeats: number;
}

/** More pairs leave each less. It only ever shrinks, so what is kept in the end does not depend on when a pair came. */
const roomAmong = (pairs: number): Room => ({
  changes: Math.min(MAX_CHANGES, Math.floor(MAX_CHANGES_IN_ALL / pairs)),
  // The newest is kept in any case, so that the history ends as consent stands.
  repeats: Math.max(1, Math.min(MAX_REPEATS, Math.floor(MAX_REPEATS_IN_ALL / pairs))),
});

const NO_HISTORY: ConsentHistory = Object.freeze({});

function isEmpty(fields: object): boolean {
  for (const _name in fields) return false;
  return true;
}

/** The history of a profile; what a state of before there was one says of consent is where it begins. */
export function historyOf({ consentHistory, consent }: Consenting): ConsentHistory {
  if (consentHistory !== undefined) return consentHistory;
  if (isEmpty(consent)) return NO_HISTORY;
  const unsourced = { loggedAtMs: null, source: null, sourceKind: null, messageId: null };
  return Object.fromEntries(
    Object.entries(consent).map(([pair, { state, sinceMs, atMs, origin }]): [string, PairHistory] => [
      pair,
      { said: [{ state: atMs < 0 ? 'assumed' : state, atMs: sinceMs, origin, ...unsourced }] },
    ]),
  );
}

/** Adds a statement. The same comes out in whatever order they arrive. */
export function withStatement(history: ConsentHistory, pair: string, statement: ConsentStatement): ConsentHistory {
  const known = Object.hasOwn(history, pair) ? history[pair] : undefined;
  const [first] = known?.said ?? [];
  // Sources assume at each of their events: all but the first of them is no news.
  if (statement.state === 'assumed' && first !== undefined && inOrder(first, statement) <= 0) return history;
  return bounded({
    ...history,
    [pair]: known === undefined ? { said: [statement] } : joined(known, { said: [statement] }),
  });
}

/** The history of two persons who are one: both, in order, each with whose it was. */
export function mergedHistory(into: Consenting, from: Consenting): ConsentHistory {
  const merged: Record<string, PairHistory> = { ...ownedHistory(into) };
  for (const [pair, other] of Object.entries(ownedHistory(from))) {
    const known = Object.hasOwn(merged, pair) ? merged[pair] : undefined;
    merged[pair] = known === undefined ? other : joined(known, other);
  }
  return bounded(nameless(merged, into.personId));
}

/** Without the name that the person has now: what is said after a merge is kept as what was said before it. */
const nameless = (history: ConsentHistory, ownId: string): ConsentHistory =>
  mapped(history, ({ said, ...more }) => ({
    ...more,
    said: said.map(({ personId, ...one }) =>
      personId === undefined || personId === ownId ? one : { ...one, personId },
    ),
  }));

/** With the name that a person had, for the time when it has another. */
export const ownedHistory = (profile: Consenting): ConsentHistory =>
  mapped(historyOf(profile), ({ said, ...more }) => ({
    ...more,
    said: said.map((one) => ({ ...one, personId: one.personId ?? profile.personId })),
  }));

/** The last changes of every channel and purpose, in order of time. */
export function consentChanges(profile: Consenting): readonly ConsentChange[] {
  const history = Object.entries(historyOf(profile));
  const { changes } = roomAmong(history.length);
  return history
    .flatMap(([pair, one]) => changesOf(one, pair, profile.personId).slice(-changes))
    .sort((a, b) => a.occurredAtMs - b.occurredAtMs || byText(nameOf(a), nameOf(b)));
}

const nameOf = ({ channel, purpose }: ConsentChange): string => `${channel}/${purpose}`;

function changesOf({ said, hasForgotten }: PairHistory, pair: string, ownId: string): readonly ConsentChange[] {
  const [channel = '', purpose = ''] = pair.split('/');
  const changes: ConsentChange[] = [];
  for (const [at, { state, atMs, personId = ownId, ...sourced }] of said.entries()) {
    const from = said[at - 1]?.state ?? 'unknown';
    if (from === state || (at === 0 && hasForgotten === true)) continue;
    changes.push({ channel, purpose, from, to: state, occurredAtMs: atMs, ...sourced, personId });
  }
  return changes;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const ranks = { assumed: 0, granted: 1, denied: 2 } as const;

/** By time; at the same instant a refusal comes last, and stands. */
const inOrder = (a: ConsentStatement, b: ConsentStatement): number =>
  a.atMs - b.atMs ||
  ranks[a.state] - ranks[b.state] ||
  byText(a.messageId ?? '', b.messageId ?? '') ||
  byText(a.origin, b.origin);

/** Both in order. What one of them has forgotten is older than all that is kept in the end: as many changes follow it. */
function joined(a: PairHistory, b: PairHistory): PairHistory {
  const all = [...a.said, ...b.said].sort(
    (one, other) => inOrder(one, other) || byText(one.personId ?? '', other.personId ?? ''),
  );
  const said = all.filter((one, at) => {
    const before = all[at - 1];
    // An assumption holds only while nothing was said, and an event that comes twice was said once.
    return before === undefined || (one.state !== 'assumed' && inOrder(before, one) !== 0);
  });
  return a.hasForgotten === true || b.hasForgotten === true ? { said, hasForgotten: true } : { said };
}

function bounded(history: ConsentHistory): ConsentHistory {
  const kept = pairsKept(history);
  const room = roomAmong(kept.length);
  return mapped(Object.fromEntries(kept.map((pair) => [pair, history[pair] ?? { said: [] }])), (one) =>
    fitted(one, room),
  );
}

const pairsKept = (byPair: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.keys(byPair)
    .sort((a, b) => rankOf(a) - rankOf(b) || byText(a, b))
    .slice(0, MAX_PAIRS);

/** As many pairs as are remembered: the same ones in whatever order they came. What is left out is unknown, and that is a no. */
export function withinPairs<T>(byPair: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  if (Object.keys(byPair).length <= MAX_PAIRS) return byPair;
  const kept = new Set(pairsKept(byPair));
  return Object.fromEntries(Object.entries(byPair).filter(([pair]) => kept.has(pair)));
}

/** Names that nobody knows must not push out those that messages are sent by. */
function rankOf(pair: string): number {
  const [channel = '', purpose = ''] = pair.split('/');
  if (!KNOWN_CHANNELS.has(channel)) return 2;
  return KNOWN_PURPOSES.has(purpose) ? 0 : 1;
}

/** One change more than are shown, for what the first of them changed; of repeats the newest. */
function fitted({ said, hasForgotten }: PairHistory, { changes, repeats }: Room): PairHistory {
  const isRepeat = said.map((one, at) => said[at - 1]?.state === one.state);
  const starts = said.map((_, at) => at).filter((at) => isRepeat[at] === false);
  const from = starts.at(-(changes + 1)) ?? 0;
  const again = said.map((_, at) => at).filter((at) => at >= from && isRepeat[at] === true);
  const oldestRepeat = again.at(-repeats) ?? 0;
  const left = said.filter((_, at) => at >= from && (isRepeat[at] === false || at >= oldestRepeat));
  return hasForgotten === true || from > 0 ? { said: left, hasForgotten: true } : { said: left };
}

const mapped = (history: ConsentHistory, map: (one: PairHistory) => PairHistory): ConsentHistory =>
  Object.fromEntries(Object.entries(history).map(([pair, one]) => [pair, map(one)]));
