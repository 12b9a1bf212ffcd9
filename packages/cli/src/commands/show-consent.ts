import type { ConsentChange, StatedPreferences } from '@kairos/decisions';

type Profile = Readonly<Record<string, unknown>>;
const DAY_MS = 86_400_000;

/** How consent came about, in order of time, each change with what finds its event. */
export function linesOfConsent({ consentHistory }: Profile): readonly string[] {
  const changes = (consentHistory ?? []) as readonly ConsentChange[];
  if (changes.length === 0) return ['Nothing was ever said of consent.'];
  return changes.flatMap(({ occurredAtMs, loggedAtMs, channel, purpose, from, to, personId, ...by }) => {
    const said = `${new Date(occurredAtMs).toISOString()}  ${`${channel}/${purpose}`.padEnd(18)} ${from} → ${to}`;
    const event = by.messageId === null ? 'its event was not kept' : `event ${by.messageId}`;
    const source = by.source === null ? '' : ` by ${by.source} (${by.sourceKind})`;
    const logged = loggedAtMs === null ? '' : `, logged ${new Date(loggedAtMs).toISOString()}`;
    return [said, `${' '.repeat(26)}${by.origin}${source}, ${event}${logged}, of ${personId}`];
  });
}

/** What the person has stated, a line each. */
export function linesOfPreferences({ preferences }: Profile): readonly string[] {
  if (typeof preferences !== 'object' || preferences === null) return ['No preferences were ever stated.'];
  const { channels, topics, frequency } = preferences as StatedPreferences;
  const named = Object.entries(topics).map(([topic, isWanted]) => `${topic} ${isWanted ? 'on' : 'off'}`);
  const often = frequency === null ? 'not stated' : `at most ${frequency.max} in ${frequency.perMs / DAY_MS} d`;
  return [
    `channels   ${channels.length === 0 ? 'not stated' : channels.join(', then ')}`,
    `topics     ${named.length === 0 ? 'not stated' : named.join(', ')}`,
    `frequency  ${often}`,
  ];
}
