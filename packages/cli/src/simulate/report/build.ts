import type { RehearsedChannel, RehearsedPersons, RehearsedRun, RehearsedTrigger } from '@kairos/contracts';
import type { CompanyDefinition, PublishedPlaybook } from '@kairos/decisions';
import { ofKey } from './counts.ts';
import type { ChannelTally, Tally, TriggerTally } from './tally.ts';

/** Stories that a report tells. */
const MAX_STORIES = 12;

export interface RunAbout {
  readonly label: string;
  /** Where the playbook came from. */
  readonly from: string;
  readonly published: PublishedPlaybook;
  /** Persons of the whole history. */
  readonly persons: number;
}

export const companyOf = ({ definitions }: PublishedPlaybook): CompanyDefinition | undefined =>
  definitions.find((one) => one.kind === 'Company');

/** The report of one playbook, from what was added up. */
export function runReport(tally: Tally, { label, from, published, persons }: RunAbout): RehearsedRun {
  const costs: Readonly<Record<string, number | undefined>> = companyOf(published)?.costPerMessage ?? {};
  const triggers = [...tally.triggers]
    .sort(([a, { fired: n }], [b, { fired: m }]) => m - n || (a < b ? -1 : 1))
    .map(([triggerId, one]) => triggerReport(triggerId, one, costs));
  return {
    label,
    playbook: from,
    version: published.version,
    persons: personsReport(tally, persons),
    totals: totalsOf(triggers),
    triggers,
    messagesPerPerson: histogram(tally, persons),
    days: tally.days.list(),
    timelines: storiesOf(tally),
    refused: tally.refused.toRecord(),
  };
}

function triggerReport(
  triggerId: string,
  { fired, proposed, notStarted, channels }: TriggerTally,
  costs: Readonly<Record<string, number | undefined>>,
): RehearsedTrigger {
  return {
    triggerId,
    fired,
    notStarted: notStarted.toRecord(),
    proposed,
    channels: [...channels]
      .sort(([a, one], [b, other]) => other.chosen - one.chosen || ((a ?? '') < (b ?? '') ? -1 : 1))
      .map(([channel, one]) => channelReport(channel, one, costs[channel ?? ''] ?? 0)),
  };
}

const channelReport = (channel: string | null, one: ChannelTally, cost: number): RehearsedChannel => ({
  channel,
  chosen: one.chosen,
  deferred: one.deferred.toRecord(),
  dropped: one.dropped.toRecord(),
  withdrawn: one.withdrawn.toRecord(),
  displacedBy: one.displacedBy.toRecord(),
  cost: rounded(one.chosen * cost),
});

/** Money to a hundredth of a cent: sums of products in binary do not end evenly. */
const rounded = (amount: number): number => Math.round(amount * 10_000) / 10_000;

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, n) => sum + n, 0);

function totalsOf(triggers: readonly RehearsedTrigger[]): RehearsedRun['totals'] {
  const channels = triggers.flatMap((trigger) => trigger.channels);
  const sum = <T>(list: readonly T[], of: (one: T) => number): number =>
    list.reduce((total, one) => total + of(one), 0);
  const proposed = sum(triggers, (one) => one.proposed);
  const chosen = sum(channels, (one) => one.chosen);
  const dropped = sum(channels, (one) => sumOf(one.dropped));
  const withdrawn = sum(channels, (one) => sumOf(one.withdrawn));
  return {
    fired: sum(triggers, (one) => one.fired),
    notStarted: sum(triggers, (one) => sumOf(one.notStarted)),
    proposed,
    chosen,
    deferred: sum(channels, (one) => sumOf(one.deferred)),
    dropped,
    withdrawn,
    waiting: Math.max(0, proposed - chosen - dropped - withdrawn),
    cost: rounded(sum(channels, (one) => one.cost)),
  };
}

function personsReport({ persons }: Tally, all: number): RehearsedPersons {
  let proposedTo = 0;
  let reached = 0;
  for (const [, one] of persons) {
    if (one.proposed > 0) proposedTo += 1;
    if (one.chosen > 0) reached += 1;
  }
  return { all, proposedTo, reached, leftWithout: proposedTo - reached };
}

function histogram({ persons }: Tally, all: number): RehearsedRun['messagesPerPerson'] {
  const byMessages = new Map<number, number>([[0, all]]);
  for (const [, { chosen }] of persons) {
    if (chosen === 0) continue;
    byMessages.set(chosen, ofKey(byMessages, chosen, () => 0) + 1);
    byMessages.set(0, (byMessages.get(0) ?? 0) - 1);
  }
  return [...byMessages]
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => a - b)
    .map(([messages, count]) => ({ messages, persons: count }));
}

/** Who was asked for, then persons whose stories have the most different fates: they tell the most. */
function storiesOf({ timelines }: Tally): RehearsedRun['timelines'] {
  const stories = timelines.persons.flatMap((id) => timelines.of(id) ?? []);
  const variety = new Map(stories.map(({ personId, moments }) => [personId, varietyOf(moments)]));
  const wanted = stories.filter(({ personId }) => timelines.isWanted(personId));
  const others = stories
    .filter(({ personId }) => !timelines.isWanted(personId))
    .sort((a, b) => (variety.get(b.personId) ?? 0) - (variety.get(a.personId) ?? 0));
  return [...wanted, ...others.slice(0, MAX_STORIES)];
}

const varietyOf = (moments: readonly { readonly kind: string }[]): number =>
  new Set(moments.map(({ kind }) => kind)).size;
