import type { ContactMerged, ContactMove, ContactMoved, Feedback, Withdrawal } from '@kairos/contracts';
import { hashId } from '../hash-id.ts';
import { isStaff, purposeOf } from './gates.ts';
import { movedOutput } from './records.ts';
import { withBlock } from './rules.ts';
import type {
  ArbitrationContext,
  ArbitrationOutput,
  Block,
  Decided,
  PersonContactState,
  PersonMoves,
  Send,
  Waiting,
} from './state.ts';

/** Hand-overs and withdrawals that are kept until it is known what they are about. */
const MAX_KEPT = 256;

const NO_MOVES: PersonMoves = Object.freeze({ waits: [], early: [], kept: [] });

/** Whether contact history of an old person is on its way: until it is here marketing waits, for a cap may be full. */
export const awaitsHistory = (state: PersonContactState): boolean => (state.moves?.waits.length ?? 0) > 0;

/** Whether a candidate must wait for contact history that is on its way. Service and staff do not. */
export const mustAwait = (
  state: PersonContactState,
  { proposal }: Pick<Waiting, 'proposal'>,
  { playbook }: ArbitrationContext,
): boolean =>
  awaitsHistory(state) &&
  !isStaff(proposal) &&
  purposeOf(proposal, playbook?.messages.get(proposal.messageId)) === 'marketing';

const withMoves = (state: PersonContactState, moves: PersonMoves): PersonContactState => {
  if (moves.waits.length + moves.early.length + moves.kept.length > 0) return { ...state, moves };
  const { moves: _, ...rest } = state;
  return rest;
};

// ---- the old person ---------------------------------------------------------------------------------------------------

/**
 * A person has moved: everything that is remembered is handed over, through the log, and nothing stays. What waits is
 * weighed again there; here it leaves a decision that says so.
 */
export function handOver(
  state: PersonContactState,
  { personId, to }: ContactMoved,
  context: ArbitrationContext,
): readonly ArbitrationOutput[] {
  const outputs = state.waiting.map((waiting) => movedOutput({ waiting, to, context }));
  const waiting = state.waiting.map((one) => ({ ...one, decisions: one.decisions + 1 }));
  const history = JSON.stringify({ ...state, waiting });
  return [...outputs, handOverOutput({ personId, to }, history, context)];
}

function handOverOutput(
  { personId, to }: ContactMoved,
  history: string,
  context: ArbitrationContext,
): ArbitrationOutput {
  return {
    topic: 'messages.decided',
    personId,
    value: {
      origin: null,
      decisionId: hashId('handOver', personId, to),
      candidateId: '',
      number: 0,
      personId,
      firingId: '',
      triggerId: '',
      messageId: '',
      channel: null,
      purpose: '',
      audience: '',
      fate: 'handedOver',
      code: 'MOVED',
      gate: null,
      numbers: JSON.stringify({ to }),
      gatesPassed: [],
      score: '{}',
      nextEligibleAtMs: null,
      decidedAtMs: Math.max(context.timeMs, 0),
      proposedAtMs: 0,
      playbookVersion: context.playbookVersion,
      handOver: { to, history },
    },
  };
}

// ---- the person that it is now ----------------------------------------------------------------------------------------

/** Word that a story was merged: addresses and consent as they stand now, and what is still to come. */
export function onMerged(
  state: PersonContactState,
  { fromPersonId, contact, contactFollows }: ContactMerged,
): PersonContactState {
  const next = contact === null ? state : { ...state, contact };
  if (!contactFollows) return next;
  const moves = next.moves ?? NO_MOVES;
  if (moves.early.includes(fromPersonId)) {
    return withMoves(next, { ...moves, early: without(moves.early, fromPersonId) });
  }
  return withMoves(next, { ...moves, waits: [...moves.waits, fromPersonId] });
}

/** Keeps word of a candidate whose history may still be on its way; undefined when it is known here, or nothing comes. */
export function kept(state: PersonContactState, word: Feedback | Withdrawal): PersonContactState | undefined {
  if (!awaitsHistory(state)) return undefined;
  const { candidateId } = word;
  const isKnownHere =
    state.sends.some((one) => one.candidateId === candidateId) ||
    state.decided.some((one) => one.candidateId === candidateId) ||
    state.waiting.some((one) => one.proposal.candidateId === candidateId);
  if (isKnownHere) return undefined;
  const moves = state.moves ?? NO_MOVES;
  return withMoves(state, { ...moves, kept: [...moves.kept, word].slice(-MAX_KEPT) });
}

export interface Received {
  readonly state: PersonContactState;
  /** Word that was kept and can be heard now, in order. */
  readonly words: readonly (Feedback | Withdrawal)[];
}

/**
 * The contact history of an old person is here: counters, blocks and fates are added, and what waited there is weighed
 * anew with the next tick, through every gate.
 */
export function onContactMove(
  state: PersonContactState,
  { personId, fromPersonId, history }: ContactMove,
  { timeMs }: ArbitrationContext,
): Received {
  const old = historyOf(history);
  const moves = closeWaits(state.moves ?? NO_MOVES, old.moves ?? NO_MOVES, fromPersonId);
  const isFree = moves.waits.length === 0;
  const merged: PersonContactState = {
    ...state,
    sends: mergeSends(state.sends, old.sends),
    blocks: mergeBlocks(state.blocks, old.blocks),
    decided: mergeDecided(state.decided, old.decided, fromPersonId),
  };
  const decidedIds = new Set(merged.decided.map(({ candidateId }) => candidateId));
  const knownIds = new Set(state.waiting.map(({ proposal }) => proposal.candidateId));
  const anew = old.waiting
    .filter(({ proposal: { candidateId } }) => !decidedIds.has(candidateId) && !knownIds.has(candidateId))
    .map((waiting) => proposedAnew(waiting, personId, timeMs));
  const waiting = [...state.waiting, ...anew].map((one) => (isFree ? released(one, timeMs) : one));
  const next = withMoves({ ...merged, waiting }, { ...moves, kept: isFree ? [] : moves.kept });
  return { state: next, words: isFree ? moves.kept : [] };
}

function historyOf(text: string): PersonContactState {
  const told = JSON.parse(text) as Partial<PersonContactState>;
  return {
    contact: null,
    blocks: told.blocks ?? [],
    sends: told.sends ?? [],
    waiting: told.waiting ?? [],
    decided: told.decided ?? [],
    ...(told.moves === undefined ? {} : { moves: told.moves }),
  };
}

/** `merged` and the history of a person end each other, whichever comes first. */
function closeWaits(mine: PersonMoves, old: PersonMoves, fromPersonId: string): PersonMoves {
  let waits: readonly string[] = [...mine.waits, ...old.waits];
  let early: readonly string[] = [...mine.early, ...old.early, fromPersonId];
  for (const personId of early) {
    if (!waits.includes(personId)) continue;
    waits = without(waits, personId);
    early = without(early, personId);
  }
  return { waits, early, kept: [...mine.kept, ...old.kept] };
}

function without(list: readonly string[], item: string): readonly string[] {
  const at = list.indexOf(item);
  return at < 0 ? list : list.toSpliced(at, 1);
}

const proposedAnew = (waiting: Waiting, personId: string, timeMs: number): Waiting => ({
  ...waiting,
  proposal: { ...waiting.proposal, personId },
  reason: 'collecting',
  code: null,
  untilMs: Math.max(timeMs, 0),
});

/** What waited for the history only is decided with the next tick. */
const released = (waiting: Waiting, timeMs: number): Waiting =>
  waiting.reason === 'awaiting' ? { ...waiting, reason: 'collecting', untilMs: Math.max(timeMs, 0) } : waiting;

/** Nobody decides for what must wait; at its expiry it is decided all the same. */
export const setAside = (waiting: Waiting): Waiting => ({
  ...waiting,
  reason: 'awaiting',
  untilMs: waiting.proposal.expiresAtMs,
});

const rank: Readonly<Record<Send['state'], number>> = { reserved: 0, released: 1, committed: 2 };

function mergeSends(mine: readonly Send[], old: readonly Send[]): readonly Send[] {
  const byId = new Map(mine.map((send) => [send.candidateId, send]));
  for (const send of old) {
    const known = byId.get(send.candidateId);
    if (known === undefined || rank[send.state] > rank[known.state]) byId.set(send.candidateId, send);
  }
  return [...byId.values()].sort((a, b) => a.atMs - b.atMs || (a.candidateId < b.candidateId ? -1 : 1));
}

const mergeBlocks = (mine: readonly Block[], old: readonly Block[]): readonly Block[] => old.reduce(withBlock, mine);

/** Where a message lies is known by the name that it was chosen for. */
function mergeDecided(mine: readonly Decided[], old: readonly Decided[], personId: string): readonly Decided[] {
  const known = new Set(mine.map(({ candidateId }) => candidateId));
  return [...mine, ...old.filter(({ candidateId }) => !known.has(candidateId)).map((one) => ({ personId, ...one }))];
}
