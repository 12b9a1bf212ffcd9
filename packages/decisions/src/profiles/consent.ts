import {
  type ConsentHistory,
  type ConsentStatement,
  historyOf,
  withinPairs,
  withStatement,
} from './consent-history.ts';
import { own, ownText } from './json.ts';
import { type ConsentState, draftOf, type ProfileState } from './profile-state.ts';

/** Channels that an expression of consent without a channel is about. */
const ALL_CHANNELS: readonly string[] = ['email', 'onsite', 'webhook', 'sms', 'push'];
const MAX_WORD_LENGTH = 40;
/** Segment's consent categories that mean marketing. */
const MARKETING_CATEGORIES: ReadonlySet<string> = new Set(['marketing', 'advertising']);

interface Statement {
  readonly channel: string;
  readonly purpose: string;
  readonly granted: boolean;
  readonly origin: string;
}

export interface ConsentInput {
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly traits: Readonly<Record<string, unknown>>;
  readonly context: Readonly<Record<string, unknown>>;
  readonly atMs: number;
  readonly loggedAtMs: number;
  readonly messageId: string;
  /** A browser may take consent away, never give it. */
  readonly mayGrant: boolean;
  readonly source: string;
  readonly sourceKind: string;
  /** Channels whose marketing consent the source assumes while nothing is known. */
  readonly assumed: readonly string[];
}

/** Folds what an event says of consent. The later statement stands; at the same instant a refusal does. */
export function mergeConsent(profile: ProfileState, input: ConsentInput): ProfileState {
  const isSilent = !saysConsent(input);
  // Most events say nothing of it.
  if (isSilent && input.assumed.length === 0) return profile;
  let consent = profile.consent;
  const known = historyOf(profile);
  let history = known;
  for (const statement of isSilent ? NO_STATEMENTS : statementsOf(input)) {
    if (statement.granted && !input.mayGrant) continue;
    consent = put(consent, statement, input.atMs);
    history = noted(history, statement, input);
  }
  for (const channel of input.assumed) {
    const key = `${channel}/marketing`;
    history = withStatement(history, key, { state: 'assumed', origin: `assumed:${input.source}`, ...sourceOf(input) });
    if (consent[key] !== undefined) continue;
    const entry: ConsentState = {
      state: 'granted',
      sinceMs: input.atMs,
      atMs: -1,
      origin: `assumed:${input.source}`,
    };
    consent = withinPairs({ ...consent, [key]: entry });
  }
  if (history === known && consent === profile.consent) return profile;
  const next = draftOf(profile);
  next.consent = consent;
  if (history !== known) next.consentHistory = history;
  return next;
}

const noted = (
  history: ConsentHistory,
  { channel, purpose, granted, origin }: Statement,
  input: ConsentInput,
): ConsentHistory =>
  withStatement(history, `${channel}/${purpose}`, {
    state: granted ? 'granted' : 'denied',
    origin,
    ...sourceOf(input),
  });

const sourceOf = ({
  atMs,
  loggedAtMs,
  source,
  sourceKind,
  messageId,
}: ConsentInput): Omit<ConsentStatement, 'state' | 'origin'> => ({ atMs, loggedAtMs, source, sourceKind, messageId });

const NO_STATEMENTS: readonly Statement[] = [];
const CONSENT_EVENTS: ReadonlySet<string> = new Set(['Consent Given', 'Consent Withdrawn', 'Unsubscribed']);

/** Whether `statementsOf` need be asked. */
const saysConsent = ({ name, traits, context }: ConsentInput): boolean =>
  CONSENT_EVENTS.has(name) || Object.hasOwn(traits, 'consent') || Object.hasOwn(context, 'consent');

function* statementsOf(input: ConsentInput): Generator<Statement> {
  yield* ofEvent(input);
  yield* ofTraits(own(input.traits, 'consent'));
  yield* ofCategories(own(own(input.context, 'consent'), 'categoryPreferences'));
}

function* ofEvent({ name, properties }: ConsentInput): Generator<Statement> {
  if (!CONSENT_EVENTS.has(name)) return;
  const granted = name === 'Consent Given';
  const purpose = word(ownText(properties, 'purpose')) ?? 'marketing';
  const channel = word(ownText(properties, 'channel')) ?? (name === 'Unsubscribed' ? 'email' : null);
  for (const each of channel === null || channel === 'all' ? ALL_CHANNELS : [channel]) {
    yield { channel: each, purpose, granted, origin: name };
  }
}

function* ofTraits(value: unknown): Generator<Statement> {
  if (typeof value !== 'object' || value === null) return;
  for (const name of Object.keys(value)) {
    const channel = word(name);
    const purposes = own(value, name);
    if (channel === null || typeof purposes !== 'object' || purposes === null) continue;
    for (const purposeName of Object.keys(purposes)) {
      const purpose = word(purposeName);
      const granted = answerOf(own(purposes, purposeName));
      if (purpose !== null && granted !== null) yield { channel, purpose, granted, origin: 'traits.consent' };
    }
  }
}

function* ofCategories(value: unknown): Generator<Statement> {
  if (typeof value !== 'object' || value === null) return;
  const answers = Object.keys(value)
    .filter((name) => MARKETING_CATEGORIES.has(name.toLowerCase()))
    .map((name) => answerOf(own(value, name)))
    .filter((answer) => answer !== null);
  if (answers.length === 0) return;
  const granted = answers.every(Boolean);
  for (const channel of ALL_CHANNELS) {
    yield { channel, purpose: 'marketing', granted, origin: 'context.consent' };
  }
}

function answerOf(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  if (value === 'granted') return true;
  return value === 'denied' ? false : null;
}

function word(text: string | null): string | null {
  if (text === null || text.length > MAX_WORD_LENGTH || !/^[a-z][a-z0-9_-]*$/i.test(text)) return null;
  const lower = text.toLowerCase();
  return lower === 'constructor' || lower === 'prototype' ? null : lower;
}

function put(
  consent: Readonly<Record<string, ConsentState>>,
  { channel, purpose, granted, origin }: Statement,
  atMs: number,
): Readonly<Record<string, ConsentState>> {
  const key = `${channel}/${purpose}`;
  const known = consent[key];
  const state = granted ? 'granted' : 'denied';
  if (known !== undefined) {
    if (known.atMs > atMs || (known.atMs === atMs && known.state === 'denied')) return consent;
    // Said again: it stands since it was first said.
    if (known.state === state && known.atMs >= 0) return { ...consent, [key]: { ...known, atMs } };
  }
  return withinPairs({ ...consent, [key]: { state, sinceMs: atMs, atMs, origin } });
}
