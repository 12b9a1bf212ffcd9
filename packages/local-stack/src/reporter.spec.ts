import { describe, expect, it } from '@jest/globals';
import { lineReporter, withoutPassword } from './reporter.ts';

describe('the progress report', () => {
  it('says in one line how a part is had and why, then how long it took', () => {
    const lines: string[] = [];
    const reporter = lineReporter((line) => lines.push(line));
    reporter.picked('kafka', 'native', 'no KAFKA_BROKERS, no Docker engine');
    reporter.starting('kafka');
    reporter.ready('kafka', { tookMs: 3120, address: '127.0.0.1:19092' });
    reporter.starting('collector');
    expect(lines).toEqual([
      'kafka                starting, native: no KAFKA_BROKERS, no Docker engine',
      'kafka                ready in 3120 ms at 127.0.0.1:19092',
      'collector            starting',
    ]);
  });

  it('never shows a password', () => {
    const lines: string[] = [];
    const address = 'postgres://kairos:s3cret@127.0.0.1:15432/kairos';
    lineReporter((line) => lines.push(line)).ready('postgres', { tookMs: 1, address });
    expect(lines.join()).not.toContain('s3cret');
    expect(withoutPassword('redis://:s3cret@h:1/0')).toBe('redis://@h:1/0');
    expect(withoutPassword('127.0.0.1:19092')).toBe('127.0.0.1:19092');
  });
});
