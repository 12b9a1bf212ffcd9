import { expect, it } from '@jest/globals';
import type { Bench } from './bench.ts';
import { jsonLine, readable } from './report.ts';

const bench: Bench = {
  name: 'some',
  about: 'for this test',
  figures: { ratio: { about: 'ours ÷ theirs', better: 'higher', gate: 0.9 } },
  run: () => Promise.reject(new Error('not run here')),
};
const report = { bench, result: { figures: { ratio: 0.81234 } }, runs: 3, quick: false, baseline: undefined };

it('--json is one line with every figure at its top, the runs, and the gates that were missed', () => {
  const line = jsonLine(report);
  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toEqual({
    bench: 'some',
    ratio: 0.8123,
    runs: 3,
    missed: ['ratio is 0.8123, demanded: ≥ 0.9'],
  });
});

it('the table shows figure, gate and what is missed', () => {
  expect(readable(report)).toMatch(/ratio +0\.8123 +≥ 0\.9/);
  expect(readable(report)).toContain('missed: ratio is 0.8123');
});

it('a quick run says that it measured nothing', () => {
  expect(readable({ ...report, quick: true })).toContain('worth nothing');
  expect(JSON.parse(jsonLine({ ...report, quick: true }))).toMatchObject({ quick: true });
});
