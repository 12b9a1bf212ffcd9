import { expect, it } from '@jest/globals';
import { kairos } from './kit/house.ts';

it('a bounded demo equals the shop’s answer key, the offline fold and the rehearsal of its events; nothing is lost or unexplained', async () => {
  const demo = await kairos(['demo', '--once', '--seed', '7', '--json'], { timeoutMs: 400_000 });
  process.stdout.write(`demo: ${demo.stdout}`);
  expect({ code: demo.code, differences: demo.code === 0 ? '' : demo.stderr.slice(-6_000) }).toEqual({
    code: 0,
    differences: '',
  });
  const summary = JSON.parse(demo.stdout) as Record<string, number>;
  expect(summary).toMatchObject({ unexplained: 0, lost: 0 });
  expect(summary['fired']).toBeGreaterThan(50);
  expect(summary['accepted']).toBeGreaterThan(50);
  // Live equals rehearsal: each of these was compared, and none differs.
  expect(summary['rehearsed']).toBeGreaterThan(50);
}, 420_000);
