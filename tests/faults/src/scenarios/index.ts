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
 * The long form: three houses beside each other, each with its scenarios in turn. What computes stands beside what waits,
 * and the rolling restart, which must not stall for two seconds, comes last, when the others have ended.
 */
const lanes: readonly (readonly Scenario[])[] = [
  [kills, zombies, scaleOut, rolling],
  [away, brokerKills],
  [network, brokerAway],
];

export const longLanes: readonly (readonly string[])[] = lanes.map((lane) => lane.map(({ name }) => name));

export const longForm: readonly Scenario[] = lanes.flat();

/** Without a choice, `--short` runs this one. */
export const shortForm: readonly Scenario[] = [mixed];

export const scenarios: readonly Scenario[] = [...longForm, ...shortForm];
