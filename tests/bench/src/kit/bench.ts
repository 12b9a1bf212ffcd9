import type { PartName, RunningStack } from '@kairos/local-stack';
import type { RunWorkOptions } from './run-work.ts';
import type { Work } from './work.ts';

/** What a figure means, for the table and for docs/performance.md. */
export interface FigureAbout {
  readonly about: string;
  /** Which way is good; left out for a figure that is only stated. */
  readonly better?: 'higher' | 'lower';
  /** The floor (better: higher) or ceiling (better: lower) that the issue demands. */
  readonly gate?: number;
}

export interface OptionAbout {
  readonly about: string;
  readonly default: string;
  /** Chooses a part of the bench: its figures join the same baseline. Any other option has a baseline of its own. */
  readonly choosesPart?: boolean;
}

/** Points of a plot: how a cost grows with a size. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Plot {
  /** File name without ending, below docs/performance/. */
  readonly file: string;
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xScale: 'linear' | 'log';
  readonly series: readonly Series[];
}

export interface BenchResult {
  /** One number per declared figure; a figure that this run could not take is left out. */
  readonly figures: Readonly<Record<string, number>>;
  /** The single runs behind a figure, for the spread. */
  readonly samples?: Readonly<Record<string, readonly number[]>>;
  /** Written to docs/performance/ with the baseline. */
  readonly plots?: readonly Plot[];
  /** Sentences for the reader: what was left out, and why. */
  readonly notes?: readonly string[];
}

/** What a bench is given. */
export interface BenchContext {
  /** How often each variant runs; at least 3 unless `quick`. */
  readonly runs: number;
  /** Small sizes, one run: to see that the bench works. Its figures are worth nothing. */
  readonly quick: boolean;
  /** The bench's own options as given, else their defaults. */
  readonly options: Readonly<Record<string, string>>;
  /** Before every topic and group, so that a shared stack holds no two benches' records in one topic. */
  readonly prefix: string;
  /** Progress, on stderr. */
  say(text: string): void;
  /** The stack of this bench: KAIROS_TEST_STACK's, else one of its own that ends with the bench. */
  stack(parts: readonly PartName[]): Promise<RunningStack>;
  /** A B A B A B; says each run. */
  interleave<N extends string, T>(variants: Readonly<Record<N, () => Promise<T>>>): Promise<Record<N, T[]>>;
  /** Runs a work in a process of its own. */
  work<I, O>(work: Work<I, O>, input: I, options?: RunWorkOptions): Promise<O>;
  /** Undone in reverse order when the bench ends, however it ends. */
  onEnd(undo: () => Promise<void> | void): void;
}

export interface Bench {
  readonly name: string;
  /** One line for `--help`. */
  readonly about: string;
  readonly figures: Readonly<Record<string, FigureAbout>>;
  readonly options?: Readonly<Record<string, OptionAbout>>;
  readonly examples?: readonly string[];
  run(context: BenchContext): Promise<BenchResult>;
}
