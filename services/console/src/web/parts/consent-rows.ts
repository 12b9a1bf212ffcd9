import { showDuration } from './words.ts';

type Profile = Readonly<Record<string, unknown>>;

/** A change of consent as the profile tells it. */
interface ConsentChange {
  readonly channel: string;
  readonly purpose: string;
  readonly from: string;
  readonly to: string;
  readonly occurredAtMs: number;
  readonly loggedAtMs: number | null;
  readonly origin: string;
  readonly source: string | null;
  readonly sourceKind: string | null;
  readonly messageId: string | null;
  readonly personId: string;
}

export interface ConsentRow {
  readonly key: string;
  readonly atMs: number;
  readonly channel: string;
  readonly purpose: string;
  readonly change: string;
  readonly by: string;
  /** Of the event, for whoever looks it up. */
  readonly messageId: string | null;
}

/** How consent came about, the latest change first. */
export function consentRows({ personId, consentHistory }: Profile): readonly ConsentRow[] {
  if (!Array.isArray(consentHistory)) return [];
  return (consentHistory as readonly ConsentChange[])
    .map((one, at) => ({
      key: String(at),
      atMs: one.occurredAtMs,
      channel: one.channel,
      purpose: one.purpose,
      change: `${one.from} → ${one.to}`,
      by: byWhom(one, personId),
      messageId: one.messageId,
    }))
    .reverse();
}

function byWhom({ origin, source, sourceKind, personId: whose }: ConsentChange, personId: unknown): string {
  const from = source === null ? '' : ` by ${source} (${sourceKind})`;
  return `${origin}${from}${whose === personId ? '' : `, as ${whose}`}`;
}

interface Preferences {
  readonly channels: readonly string[];
  readonly topics: Readonly<Record<string, boolean>>;
  readonly frequency: { readonly max: number; readonly perMs: number } | null;
}

/** What the person has stated that they want; a line each, none while nothing was stated. */
export function preferenceLines({ preferences }: Profile): readonly (readonly [label: string, value: string])[] {
  if (typeof preferences !== 'object' || preferences === null) return [];
  const { channels, topics, frequency } = preferences as Preferences;
  const named = Object.entries(topics).map(([topic, isWanted]) => `${topic} ${isWanted ? 'on' : 'off'}`);
  const often = frequency === null ? '' : `at most ${frequency.max} in ${showDuration(frequency.perMs)}`;
  return [
    ['Channels', channels.join(', then ') || 'not stated'],
    ['Topics', named.join(', ') || 'not stated'],
    ['Frequency', often || 'not stated'],
  ];
}
