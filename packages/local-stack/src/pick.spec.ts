import { describe, expect, it } from '@jest/globals';
import { pick } from './pick.ts';

describe('how a part is had', () => {
  it('is by the address in the environment first of all', () => {
    const found = { env: { KAFKA_BROKERS: 'kafka.example:9092' }, dockerAnswers: true };
    expect(pick('kafka', found)).toEqual({
      picked: 'adopted',
      why: 'KAFKA_BROKERS names it',
      address: 'kafka.example:9092',
    });
  });

  it('is by Docker when an engine answers and no address is given', () => {
    expect(pick('redis', { env: {}, dockerAnswers: true }).picked).toBe('docker');
  });

  it('is native otherwise, an empty address being none', () => {
    expect(pick('postgres', { env: { DATABASE_URL: '' }, dockerAnswers: false }).picked).toBe('native');
  });

  it('is native for the mailbox and the SMS gateway even with Docker, because they are programs of ours', () => {
    for (const part of ['mailbox', 'sms'] as const)
      expect(pick(part, { env: {}, dockerAnswers: true }).picked).toBe('native');
  });
});
