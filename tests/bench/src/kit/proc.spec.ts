import { describe, expect, it } from '@jest/globals';
import { parsePeakRssMb, parseStat, peakRssMb, treeCpuS, treeOf } from './proc.ts';

const stat = (name: string): string =>
  `4711 (${name}) S 4000 4711 4711 0 -1 4194304 100 200 0 0 1250 250 30 20 20 0 11 0 123456 1000000 5000 18446744073709551615`;

describe('a line of /proc/<pid>/stat', () => {
  it('gives user and system time of the process and of its ended children, in seconds', () => {
    expect(parseStat(stat('node'))).toEqual({ cpuS: 15.5, parentPid: 4000 });
  });

  it('is read right when the name of the program holds blanks and brackets', () => {
    expect(parseStat(stat('node (v8 :) 1 2'))).toEqual({ cpuS: 15.5, parentPid: 4000 });
  });

  it('that is none is an error, never NaN', () => {
    expect(() => parseStat('')).toThrow('not a line');
  });
});

it('peak memory is VmHWM in MB, not what is resident now; an ended process has none', () => {
  expect(parsePeakRssMb('VmPeak:\t 900000 kB\nVmHWM:\t  250000 kB\nVmRSS:\t  100000 kB\n')).toBe(256);
  expect(parsePeakRssMb('Name:\tzombie\n')).toBe(0);
});

it('a tree holds the process and everything below it, and no stranger', () => {
  const parents = new Map([
    [10, 1],
    [11, 10],
    [12, 11],
    [20, 1],
  ]);
  expect(treeOf(10, parents).sort()).toEqual([10, 11, 12]);
});

const linux = process.platform === 'linux' ? it : it.skip; // elsewhere there is no /proc: the figures are Linux only

linux('this process has used some CPU and some memory', () => {
  const beganS = treeCpuS(process.pid);
  const until = performance.now() + 60;
  while (performance.now() < until);
  const usedS = treeCpuS(process.pid) - beganS;
  expect(usedS).toBeGreaterThanOrEqual(0.01);
  expect(peakRssMb()).toBeGreaterThan(20);
});
