import { away } from './away.ts';
import { brokerAway } from './broker-away.ts';
import { brokerKills } from './broker-kills.ts';
import { kills } from './kills.ts';
import { mixed } from './mixed.ts';
import { network } from './network.ts';
import { rolling } from './rolling.ts';
import { scaleOut } from './scale-out.ts';
import type { Scenario } from './scenario.ts';
import { zombies } from './zombies.ts';

/**
 * The long form, in rounds. Within a round houses stand beside each other, each with its scenarios in turn: what computes
 * stands beside what waits. What promises seconds has the machine to itself: bad weather, after which the walk goes on, and
 * the rolling restart, which must not stall. Beside another house on two cores that would be a promise about the machine.
 */
const rounds: readonly (readonly (readonly Scenario[])[])[] = [
  [
    [kills, zombies, scaleOut, brokerKills],
    [away, brokerAway],
  ],
  [[network, rolling]],
];

/** By round, and within a round by house: the names of its scenarios. */
export const longRounds: readonly (readonly (readonly string[])[])[] = rounds.map((lanes) =>
  lanes.map((lane) => lane.map(({ name }) => name)),
);

export const longForm: readonly Scenario[] = rounds.flat(2);

/** Without a choice, `--short` runs this one. */
export const shortForm: readonly Scenario[] = [mixed];

export const scenarios: readonly Scenario[] = [...longForm, ...shortForm];
