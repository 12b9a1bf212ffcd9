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

/** In the order in which they run. */
export const longForm: readonly Scenario[] = [
  kills,
  brokerKills,
  zombies,
  rolling,
  scaleOut,
  away,
  brokerAway,
  network,
];

/** Without a choice, `--short` runs this one. */
export const shortForm: readonly Scenario[] = [mixed];

export const scenarios: readonly Scenario[] = [...longForm, ...shortForm];
