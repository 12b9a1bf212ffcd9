import type { Bench } from '../kit/bench.ts';
import { client } from './client.ts';
import { codec } from './codec.ts';
import { collector } from './collector.ts';
import { detector } from './detector.ts';
import { endToEnd } from './end-to-end.ts';
import { growth } from './growth.ts';
import { restore } from './restore.ts';
import { rules } from './rules.ts';
import { segments } from './segments.ts';
import { simulate } from './simulate.ts';
import { timers } from './timers.ts';

/** Every bench, in the order in which docs/performance.md shows them. */
export const benches: readonly Bench[] = [
  client,
  codec,
  detector,
  rules,
  segments,
  timers,
  restore,
  collector,
  endToEnd,
  growth,
  simulate,
];
