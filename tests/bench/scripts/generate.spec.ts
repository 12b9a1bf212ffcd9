import { describe, expect, it } from '@jest/globals';
import { section, withFigures } from './generate.mjs';
import { svgPlot, ticksTo } from './svg-plot.mjs';

const baseline = {
  bench: 'some',
  title: 'ours ÷ theirs',
  date: '2026-01-02',
  commit: 'abc',
  machine: { cpu: 'CPU', cores: 2, memoryGb: 8, node: 'v20.19.0', platform: 'linux x64' },
  runs: 3,
  options: {},
  figures: { ratio: 0.85, cpuSPerM: 4, rssMb: 100 },
  earlier: { rssMb: '2026-01-01, commit aaa' },
  samples: { ratio: [0.8, 0.85, 0.9] },
  notes: ['one machine did it all'],
  about: {
    ratio: { about: 'events/s', better: 'higher' as const, gate: 0.9 },
    cpuSPerM: { about: 'CPU', better: 'lower' as const, gate: 5 },
    rssMb: { about: 'memory' },
  },
};

describe('the table of a bench', () => {
  const text = section('some.json', baseline);

  it('says of each gate whether the stored figure meets it', () => {
    expect(text).toContain('| `ratio` | 0.85 | 0.8 – 0.9 | ≥ 0.9: **missed** | events/s |');
    expect(text).toContain('| `cpuSPerM` | 4 |  | ≤ 5: met | CPU |');
  });

  it('says where, when and at which commit it was taken, figure by figure where they differ', () => {
    expect(text).toContain('2026-01-02, commit abc, 2 × CPU');
    expect(text).toContain('memory (2026-01-01, commit aaa)');
  });
});

it('only what lies between the marks of the page is replaced; without marks nothing is guessed', () => {
  const marks = [
    '<!-- figures: made of tests/bench/baselines by `npm run generate`; do not edit between here and the end mark -->',
    '<!-- end of figures -->',
  ];
  expect(withFigures(`before\n${marks[0]}\nold\n${marks[1]}\nafter\n`, 'new')).toBe(
    `before\n${marks[0]}\n\nnew\n${marks[1]}\nafter\n`,
  );
  expect(() => withFigures('no marks', 'new')).toThrow('lost its marks');
});

describe('a plot', () => {
  it('has a y axis from zero to beyond the largest value, in round steps', () => {
    expect(ticksTo(93)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(ticksTo(240_000)).toEqual([0, 50_000, 100_000, 150_000, 200_000, 250_000]);
  });

  it('puts the largest value of the largest x at the right, and escapes its words', () => {
    const svg = svgPlot({
      title: 'a < b',
      xLabel: 'keys',
      yLabel: 'events/s',
      xScale: 'log',
      series: [
        {
          name: 'ours & theirs',
          points: [
            [1, 50],
            [10, 100],
            [100, 75],
          ],
        },
      ],
    });
    expect(svg).toContain('points="84,172 350,48 616,110"');
    expect(svg).toContain('<title>a &lt; b</title>');
    expect(svg).toContain('ours &amp; theirs');
  });
});
