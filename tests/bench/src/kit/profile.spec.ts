import { expect, it } from '@jest/globals';
import { hottest } from './profile.ts';

it('a profile is summed by the own time of each function, idle time left out', () => {
  const node = (id: number, functionName: string, url = '') => ({
    id,
    callFrame: { functionName, url, lineNumber: 9 },
  });
  const profile = {
    nodes: [node(1, '(idle)'), node(2, 'encode', 'file:///somewhere/packages/a/dist/b.js'), node(3, 'decode')],
    samples: [1, 2, 3, 2],
    timeDeltas: [9_000, 1_000, 1_000, 2_000],
  };
  expect(hottest(profile, 1)).toEqual([{ where: 'encode a/dist/b.js:10', selfMs: 3, share: 0.75 }]);
});
