import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { isAway } from './postgres-pool.ts';

describe('whether Postgres is away', () => {
  it('a broken connection means away, also when the error was made in another realm', () => {
    const foreign: unknown = runInNewContext(
      "Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' })",
    );
    expect(foreign instanceof Error).toBe(false);
    expect(isAway(foreign)).toBe(true);
  });

  it('one of several addresses that cannot be reached means away', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(isAway(new AggregateError([refused]))).toBe(true);
  });

  it('what Postgres refuses is not away', () => {
    expect(isAway(Object.assign(new Error('duplicate key'), { code: '23505' }))).toBe(false);
    expect(isAway('ECONNRESET')).toBe(false);
  });
});
