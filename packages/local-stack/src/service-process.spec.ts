import { describe, expect, it } from '@jest/globals';
import { restartDelayMs } from './service-process.ts';
import { serviceEnvironment } from './services.ts';

describe('a service that ended unasked', () => {
  it('comes back at once, and more slowly the more often it fails in a row, up to five seconds', () => {
    expect([1, 2, 3, 4, 5, 6, 100].map(restartDelayMs)).toEqual([200, 500, 1_000, 2_000, 5_000, 5_000, 5_000]);
  });
});

describe('the environment of a service', () => {
  it('is where to listen, then the parts, then the house, then its own, the later winning', () => {
    const env = serviceEnvironment(
      { port: 8080, instance: 'trigger-detector#2' },
      { KAFKA_BROKERS: 'a', LOG_LEVEL: 'info' },
      { LOG_LEVEL: 'warn', X: 'house' },
      { X: 'own' },
    );
    expect(env).toMatchObject({
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: '8080',
      KAFKA_BROKERS: 'a',
      LOG_LEVEL: 'warn',
      X: 'own',
    });
    // Fit for a group member's name.
    expect(env.KAIROS_INSTANCE).toBe('trigger-detector-2');
  });

  it('does not pass on the flags of the process that launches', () => {
    const env = serviceEnvironment({ port: 1, instance: 'collector' });
    expect(env).toMatchObject({ NODE_OPTIONS: undefined, JEST_WORKER_ID: undefined });
  });
});
