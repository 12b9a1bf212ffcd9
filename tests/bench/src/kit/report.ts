import { type Baseline, compare, missedGates, significant } from './baseline.ts';
import type { Bench, BenchResult } from './bench.ts';

export interface Report {
  readonly bench: Bench;
  readonly result: BenchResult;
  readonly runs: number;
  readonly quick: boolean;
  readonly baseline: Baseline | undefined;
}

/** The one line of `--json`: every figure by its name, and how it was taken. */
export const jsonLine = ({ bench, result, runs, quick }: Report): string =>
  JSON.stringify({
    bench: bench.name,
    ...Object.fromEntries(Object.entries(result.figures).map(([name, value]) => [name, significant(value)])),
    runs,
    ...(quick ? { quick } : {}),
    missed: missedGates(result.figures, bench.figures),
  });

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });

const gateOf = (bench: Bench, figure: string): string => {
  const about = bench.figures[figure];
  return about?.gate === undefined ? '' : `${about.better === 'lower' ? '≤' : '≥'} ${about.gate}`;
};

const percent = (share: number): string => `${share >= 0 ? '+' : '−'}${Math.abs(share * 100).toFixed(1)} %`;

/** Columns padded to the widest cell. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, cell.length);
    });
  }
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** What a person reads: each figure with its gate, and how it stands against the baseline. */
export const readable = ({ bench, result, runs, quick, baseline }: Report): string => {
  const missed = missedGates(result.figures, bench.figures);
  const rows = compare(result.figures, baseline, bench.figures).map(({ figure, value, before, betterBy }) => [
    figure,
    number.format(value),
    gateOf(bench, figure),
    before === undefined ? '' : number.format(before),
    betterBy === undefined ? '' : percent(betterBy),
    bench.figures[figure]?.about ?? '',
  ]);
  const against =
    baseline === undefined
      ? 'no baseline stored yet'
      : `baseline of ${baseline.date}, commit ${baseline.commit}, ${baseline.machine.cores} × ${baseline.machine.cpu}; + is better, − is worse`;
  return [
    `${bench.name}: ${quick ? 'quick, small sizes, worth nothing as a measurement' : `medians of ${runs}`}`,
    '',
    table([['figure', 'value', 'gate', 'baseline', 'against it', 'what it is'], ...rows]),
    '',
    ...(result.notes ?? []),
    against,
    missed.length === 0 ? 'every gate is met' : `missed: ${missed.join('; ')}`,
  ].join('\n');
};
