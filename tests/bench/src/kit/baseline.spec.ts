import { describe, expect, it } from '@jest/globals';
import { type Baseline, compare, joined, missedGates, toBaseline } from './baseline.ts';
import type { FigureAbout } from './bench.ts';

const about: Record<string, FigureAbout> = {
  ratio: { about: 'ours ÷ theirs', better: 'higher', gate: 0.9 },
  cpuSPerM: { about: 'CPU-seconds per million', better: 'lower', gate: 5 },
  rssMb: { about: 'stated only' },
};

const baseline = (figures: Record<string, number>): Baseline => ({
  ...toBaseline({ name: 'some', about: 'for this test', figures: about }, { figures }, { runs: 3, options: {} }),
});

describe('a comparison with the baseline', () => {
  it('counts up as better or worse by what is good for the figure', () => {
    const compared = compare(
      { ratio: 1.1, cpuSPerM: 5.5, rssMb: 90 },
      baseline({ ratio: 1, cpuSPerM: 5, rssMb: 80 }),
      about,
    );
    expect(
      compared.map(({ figure, betterBy }) => [figure, betterBy === undefined ? undefined : Math.round(betterBy * 100)]),
    ).toEqual([
      ['ratio', 10],
      ['cpuSPerM', -10],
      ['rssMb', undefined],
    ]);
  });

  it('says nothing of a figure that the baseline does not hold, or without a baseline', () => {
    expect(compare({ ratio: 1 }, baseline({}), about)[0]).toMatchObject({ before: undefined, betterBy: undefined });
    expect(compare({ ratio: 1 }, undefined, about)[0]).toMatchObject({ before: undefined, betterBy: undefined });
  });
});

describe('a gate', () => {
  it('is a floor for what should be high and a ceiling for what should be low; the limit itself is met', () => {
    expect(missedGates({ ratio: 0.9, cpuSPerM: 5, rssMb: 9_999 }, about)).toEqual([]);
    expect(missedGates({ ratio: 0.89, cpuSPerM: 5.1 }, about)).toEqual([
      'ratio is 0.89, demanded: ≥ 0.9',
      'cpuSPerM is 5.1, demanded: ≤ 5',
    ]);
  });
});

it('a stored baseline says on what machine, commit and day it was taken, with four digits', () => {
  const stored = baseline({ ratio: 0.912345 });
  expect(stored.figures).toEqual({ ratio: 0.9123 });
  expect(stored.date).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(stored.commit).not.toBe('');
  expect(stored.machine.cores).toBeGreaterThan(0);
});

describe('a part of a bench that is run alone', () => {
  const before: Baseline = { ...baseline({ ratio: 1, rssMb: 80 }), date: '2026-01-02', commit: 'abc' };

  it('keeps what an earlier run says of the rest, and says when that was', () => {
    expect(joined(baseline({ ratio: 2 }), before)).toMatchObject({
      figures: { ratio: 2, rssMb: 80 },
      earlier: { rssMb: '2026-01-02, commit abc' },
    });
  });

  it('keeps nothing of another machine, and nothing where all was taken anew', () => {
    const elsewhere = { ...before, machine: { ...before.machine, cpu: 'another' } };
    expect(joined(baseline({ ratio: 2 }), elsewhere).figures).toEqual({ ratio: 2 });
    expect(joined(baseline({ ratio: 2, rssMb: 9 }), before).earlier).toBeUndefined();
  });
});
