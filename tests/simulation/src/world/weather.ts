import type { Random } from '../random.ts';

/** How likely what is in one run. Drawn per seed: a run with many cuts and no crash finds other faults than its opposite. */
export interface Weather {
  readonly turns: number;
  readonly cutEveryMs: number;
  readonly tickEveryMs: number;
  /** Records of a batch at most. */
  readonly batch: number;
  /** Milliseconds that one step of the clock may take. */
  readonly stepMs: number;
  /** Probability, per turn, that something happens to a process. */
  readonly disturbance: number;
  /** Of the disturbances: these are weights among each other. */
  readonly crash: number;
  readonly move: number;
  readonly publish: number;
  readonly stall: number;
  readonly breakOff: number;
  readonly compact: number;
  /** Of the moved partitions, how many keep an owner who was not told. */
  readonly zombies: number;
  readonly zombieTurns: number;
  /** Of the crashed processes, how many have requests under way that land later. */
  readonly ghosts: number;
  /** Of the places where processes run, how many keep what their processes wrote beside the log. */
  readonly disks: number;
  /** Of the crashed processes, how many stay away for long. */
  readonly longDown: number;
  /** How often only a part of what waits for a partition lands at once. */
  readonly pieces: number;
  /** Probability, per turn, that somebody does something. */
  readonly activity: number;
  /** Of five browsers, how many are used: the fewer, the more happens to one person. */
  readonly browsers: number;
  readonly foreign: number;
  readonly retries: number;
  readonly lateMs: number;
  readonly logins: number;
  /** Of the logins, how many are said by an alias: it claims the past, too, and may contradict what is known. */
  readonly aliases: number;
  /** How often somebody else orders what lies in a cart. */
  readonly crossing: number;
  /** How many events give an e-mail address. */
  readonly mails: number;
  /** How often a channel hands over; 0 = only when everything else has come to rest. */
  readonly channel: number;
}

export const drawWeather = (random: Random): Weather => ({
  turns: random.int(270, 450),
  cutEveryMs: random.of(100, 400, 1_500, 6_000),
  tickEveryMs: random.of(700, 1_000, 1_500),
  batch: random.of(2, 5, 12),
  stepMs: random.of(600, 1_500, 3_000),
  disturbance: random.of(0.02, 0.05, 0.09),
  crash: random.of(0, 1, 3),
  move: random.of(0, 1, 3),
  publish: random.of(0, 0.3, 1),
  stall: random.of(0, 0.5),
  breakOff: random.of(0, 0.5),
  compact: random.of(0, 1, 2),
  zombies: random.of(0, 0.5, 0.9),
  zombieTurns: random.of(10, 40, 120),
  ghosts: random.of(0, 0.6),
  disks: random.of(0, 0.5, 1),
  longDown: random.of(0, 0.3),
  pieces: random.of(0.2, 0.4, 0.7),
  activity: random.of(0.06, 0.09, 0.15),
  browsers: random.of(1, 3, 5),
  foreign: random.of(0, 0.06, 0.15),
  retries: random.of(0, 0.15),
  lateMs: random.of(0, 3_000, 15_000),
  logins: random.of(0, 0.06, 0.12),
  aliases: random.of(0, 0.3, 0.7),
  crossing: random.of(0.2, 0.5),
  mails: random.of(0, 0.08),
  channel: random.of(0, 1, 1),
});
