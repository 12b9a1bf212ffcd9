import { isObject, isSafeName, own } from './json.ts';
import { later, laterOf, type Timed } from './timed.ts';

/** How often somebody wants to hear of us: at most so many messages in a rolling time. */
export interface Frequency {
  readonly max: number;
  readonly perMs: number;
}

/** What a person has said that they want, each part with the time of its last word. It outranks what is learned. */
export interface PreferenceState {
  readonly channels: Timed<readonly string[]> | null;
  readonly topics: Readonly<Record<string, Timed<boolean>>>;
  readonly frequency: Timed<Frequency | null> | null;
}

/** As conditions and arbitration see them. */
export interface StatedPreferences {
  /** Channels in order, the dearest first. */
  readonly channels: readonly string[];
  /** Wanted or not, by topic. */
  readonly topics: Readonly<Record<string, boolean>>;
  readonly frequency: Frequency | null;
}

export const PREFERENCES_STATED = 'Preferences Stated';

const MAX_CHANNELS = 10;
const MAX_TOPICS = 50;
const MAX_MESSAGES = 1_000;
const WORD = /^[a-z][a-z0-9_-]{0,39}$/i;
const DAY_MS = 86_400_000;
const periods: Readonly<Record<string, number>> = { day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS };

const NOTHING: PreferenceState = { channels: null, topics: {}, frequency: null };

/** Folds a statement, of the event or of `traits.preferences`. What it leaves out stays; what can't be read is left out. */
export function withPreferences(
  known: PreferenceState | undefined,
  said: unknown,
  atMs: number,
): PreferenceState | undefined {
  if (!isObject(said)) return known;
  const before = known ?? NOTHING;
  const channels = channelsOf(own(said, 'channels'));
  const frequency = frequencyOf(own(said, 'frequency'));
  return {
    channels: channels === undefined ? before.channels : later(before.channels, { value: channels, atMs }),
    topics: topicsWith(before.topics, own(said, 'topics'), atMs),
    frequency: frequency === undefined ? before.frequency : later(before.frequency, { value: frequency, atMs }),
  };
}

function channelsOf(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const words = value.filter((one): one is string => typeof one === 'string' && WORD.test(one));
  return [...new Set(words.map((one) => one.toLowerCase()))].slice(0, MAX_CHANNELS);
}

/** An explicit null takes the wish back. */
function frequencyOf(value: unknown): Frequency | null | undefined {
  if (value === null) return null;
  const max = own(value, 'max');
  const per = own(value, 'per');
  const perMs = typeof per === 'string' && Object.hasOwn(periods, per) ? periods[per] : undefined;
  if (perMs === undefined || typeof max !== 'number' || !Number.isInteger(max)) return undefined;
  return max < 0 || max > MAX_MESSAGES ? undefined : { max, perMs };
}

function topicsWith(before: PreferenceState['topics'], said: unknown, atMs: number): PreferenceState['topics'] {
  if (!isObject(said)) return before;
  const topics: Record<string, Timed<boolean>> = { ...before };
  for (const [written, value] of Object.entries(said)) {
    const name = written.toLowerCase();
    if (typeof value !== 'boolean' || !WORD.test(name) || !isSafeName(name)) continue;
    const known = Object.hasOwn(topics, name) ? topics[name] : undefined;
    if (known === undefined && Object.keys(topics).length >= MAX_TOPICS) continue;
    topics[name] = later(known, { value, atMs });
  }
  return topics;
}

/** The preferences of two persons who are one: per part the later word. */
export function mergedPreferences(
  a: PreferenceState | undefined,
  b: PreferenceState | undefined,
): PreferenceState | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const topics: Record<string, Timed<boolean>> = { ...a.topics };
  for (const [name, other] of Object.entries(b.topics)) {
    const known = Object.hasOwn(topics, name) ? topics[name] : undefined;
    if (known === undefined && Object.keys(topics).length >= MAX_TOPICS) continue;
    topics[name] = laterOf(known, other) ?? other;
  }
  return { channels: laterOf(a.channels, b.channels), topics, frequency: laterOf(a.frequency, b.frequency) };
}

/** What stands; null while nothing was ever stated. */
export function statedOf(state: PreferenceState | undefined): StatedPreferences | null {
  if (state === undefined) return null;
  const topics = Object.entries(state.topics).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    channels: state.channels?.value ?? [],
    topics: Object.fromEntries(topics.map(([name, { value }]) => [name, value])),
    frequency: state.frequency?.value ?? null,
  };
}
