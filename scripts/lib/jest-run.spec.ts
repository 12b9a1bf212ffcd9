import { describe, expect, it } from '@jest/globals';
import { faultsOf } from './jest-run.mjs';

const finished = { passed: 3, failed: 0, skipped: [], files: 1, finished: true };
const ended = { code: 0, timedOut: false, output: '' };

describe('a jest run', () => {
  it('has no fault of its own when it came to its end, also with failed tests', () => {
    expect(faultsOf(finished, ended, ['int'])).toEqual([]);
    expect(faultsOf({ ...finished, failed: 2 }, { ...ended, code: 1 }, ['int'])).toEqual([]);
  });

  it('is at fault when it crashed, was ended, or found no test', () => {
    const crashed = { ...finished, passed: 0, files: 0, finished: false };
    expect(faultsOf(crashed, { ...ended, code: 1 }, ['int'])).toEqual([expect.stringContaining('before it reported')]);
    expect(faultsOf(crashed, { ...ended, code: 124, timedOut: true }, ['int'])).toEqual([
      expect.stringContaining('too long'),
    ]);
    expect(faultsOf(crashed, { ...ended, output: 'No tests found, exiting with code 1' }, ['int'])).toEqual([
      'no int test was found',
    ]);
    expect(faultsOf({ ...finished, passed: 0, files: 0 }, ended, ['int'])).toEqual(['no int test has run']);
    expect(faultsOf(finished, { ...ended, code: 1 }, ['int'])).toEqual([expect.stringContaining('though no int test')]);
  });

  it('is at fault for a test skipped without a reason, and not for one with a reason', () => {
    const skipped = (reason: string | undefined) => ({ ...finished, skipped: [{ file: 'a.ts', name: 'b', reason }] });
    expect(faultsOf(skipped(undefined), ended, ['int'])).toEqual([expect.stringContaining('a.ts: "b" is skipped')]);
    expect(faultsOf(skipped('Python is missing'), ended, ['int'])).toEqual([]);
  });
});
