import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { kafkaKeys } from '@kairos/service-kit';
import { SESSION_TIMEOUT_MS } from './house/house.ts';
import { longForm } from './scenarios/index.ts';
import { FOUND_DEAD_MS, HEALED_MS } from './scenarios/network.ts';
import { HAND_OVER_MS } from './scenarios/rolling.ts';

const guide = readFileSync(join(import.meta.dirname, '../../../docs/guides/when-a-process-dies.md'), 'utf8');

describe('docs/guides/when-a-process-dies.md', () => {
  it('tells of every scenario of the long form, and of no other', () => {
    const rows = guide.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| what happens'));
    const named = rows.flatMap((row) =>
      [...(row.split('|').at(-2) ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    );
    expect(named.sort()).toEqual(longForm.map(({ name }) => name).sort());
  });

  it('names the limits that the scenarios hold the house to', () => {
    expect(guide).toContain(`hands over within ${HAND_OVER_MS / 1_000} s`);
    expect(guide).toContain(`goes on within ${HEALED_MS / 1_000} s after it; within ${FOUND_DEAD_MS / 1_000} s`);
  });

  it('names the session timeouts as they are', () => {
    const { KAFKA_SESSION_TIMEOUT } = kafkaKeys();
    expect(guide).toContain(`\`KAFKA_SESSION_TIMEOUT\`, default ${(KAFKA_SESSION_TIMEOUT.fallback ?? 0) / 1_000} s`);
    expect(guide).toContain(`down to the ${SESSION_TIMEOUT_MS / 1_000} s that a broker takes by default`);
  });
});
