import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type { Bench, BenchResult, FigureAbout } from './bench.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  readonly platform: string;
}

/** What `--save-baseline` keeps of a bench. */
export interface Baseline {
  readonly bench: string;
  readonly date: string;
  readonly commit: string;
  readonly machine: Machine;
  readonly runs: number;
  readonly options: Readonly<Record<string, string>>;
  readonly figures: Readonly<Record<string, number>>;
  /** Date and commit of figures that an earlier run took: a bench may be run in parts. */
  readonly earlier?: Readonly<Record<string, string>>;
  readonly samples: Readonly<Record<string, readonly number[]>>;
  readonly notes: readonly string[];
  /** What the figures mean, and the gates that held when they were taken: docs/performance.md is made of this file. */
  readonly about: Readonly<Record<string, FigureAbout>>;
  readonly title: string;
}

export interface Compared {
  readonly figure: string;
  readonly value: number;
  readonly before: number | undefined;
  /** Share by which it is better (+) or worse (−) than the baseline; undefined where neither way is good. */
  readonly betterBy: number | undefined;
}

/** tests/bench, seen from src/kit and from dist/kit alike. */
const room = join(import.meta.dirname, '../..');
export const repoRoot = join(room, '../..');

/** A bench with options other than its defaults keeps a baseline of its own. */
export const baselineFile = (bench: string, variant = ''): string =>
  join(room, 'baselines', `${bench}${variant === '' ? '' : `.${variant}`}.json`);

export const thisMachine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
});

/** The commit that was measured; `+` where files differ from it. */
export const thisCommit = (): string => {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: repoRoot, encoding: 'utf8' }).trim();
    const changed = git(
      'status',
      '--porcelain',
      '--untracked-files=no',
      '--',
      'packages',
      'services',
      'tests/bench/src',
    );
    return `${git('rev-parse', '--short=10', 'HEAD')}${changed === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
};

export const readBaseline = (file: string): Baseline | undefined =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Baseline) : undefined;

export const toBaseline = (
  { name, about, figures }: Pick<Bench, 'name' | 'about' | 'figures'>,
  result: BenchResult,
  { runs, options }: { readonly runs: number; readonly options: Readonly<Record<string, string>> },
): Baseline => ({
  bench: name,
  title: about,
  date: new Date().toISOString().slice(0, 10),
  commit: thisCommit(),
  machine: thisMachine(),
  runs,
  options,
  figures: rounded(result.figures),
  samples: Object.fromEntries(
    Object.entries(result.samples ?? {}).map(([name, values]) => [name, values.map(significant)]),
  ),
  notes: result.notes ?? [],
  about: figures,
});

/** A baseline that a part of a bench has taken, with what an earlier run on the same machine says of the rest. */
export const joined = (taken: Baseline, before: Baseline | undefined): Baseline => {
  if (before === undefined || JSON.stringify(before.machine) !== JSON.stringify(taken.machine)) return taken;
  const kept = Object.keys(before.figures).filter((name) => taken.figures[name] === undefined);
  if (kept.length === 0) return taken;
  const of = <V>(from: Readonly<Record<string, V>>): Record<string, V> =>
    Object.fromEntries(Object.entries(from).filter(([name]) => kept.includes(name)));
  const when = `${before.date}, commit ${before.commit}`;
  return {
    ...taken,
    figures: { ...of(before.figures), ...taken.figures },
    earlier: Object.fromEntries(kept.map((name) => [name, before.earlier?.[name] ?? when])),
    samples: { ...of(before.samples), ...taken.samples },
    notes: [...new Set([...before.notes, ...taken.notes])],
  };
};

export const writeJson = (file: string, value: unknown): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${formatted(value)}\n`);
};

/** Lists of numbers stay on one line, as the formatter of the repo has it where they fit. */
const formatted = (value: unknown): string =>
  JSON.stringify(value, null, 2).replaceAll(/\[\s+([-\d.,\s]+?)\s+\]/g, (whole, inner: string) => {
    const line = `[${inner.split(/,\s+/).join(', ')}]`;
    return line.length <= 90 ? line : whole;
  });

const rounded = (figures: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, significant(value)]));

/** Four digits say all that a median of a few runs knows. */
export const significant = (value: number): number => Number(value.toPrecision(4));

export const compare = (
  figures: Readonly<Record<string, number>>,
  baseline: Baseline | undefined,
  about: Readonly<Record<string, FigureAbout>>,
): Compared[] =>
  Object.entries(figures).map(([figure, value]) => {
    const before = baseline?.figures[figure];
    const better = about[figure]?.better;
    if (before === undefined || before === 0 || better === undefined) {
      return { figure, value, before, betterBy: undefined };
    }
    const change = value / before - 1;
    return { figure, value, before, betterBy: better === 'higher' ? change : -change };
  });

/** Figures that miss the gate of the issue, each as a sentence. */
export const missedGates = (
  figures: Readonly<Record<string, number>>,
  about: Readonly<Record<string, FigureAbout>>,
): string[] =>
  Object.entries(about).flatMap(([figure, { gate, better }]) => {
    const value = figures[figure];
    if (gate === undefined || value === undefined) return [];
    const met = better === 'lower' ? value <= gate : value >= gate;
    return met ? [] : [`${figure} is ${significant(value)}, demanded: ${better === 'lower' ? '≤' : '≥'} ${gate}`];
  });
