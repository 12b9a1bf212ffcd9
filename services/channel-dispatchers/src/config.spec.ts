import { describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from '@kairos/service-kit';
import { config, smsAccountOf } from './config.ts';

const secret = 'a-secret-of-more-than-sixteen-characters';
const needed = {
  KAFKA_BROKERS: '127.0.0.1:9092',
  SCHEMA_REGISTRY_URL: 'http://127.0.0.1:8081',
  DATABASE_URL: 'postgres://127.0.0.1/kairos',
  REDIS_URL: 'redis://127.0.0.1',
  SMTP_URL: 'smtp://127.0.0.1',
  COLLECTOR_URL: 'http://127.0.0.1:3001',
  COLLECTOR_WRITE_KEY: secret,
  LINK_SIGNING_SECRET: secret,
  SITE_TOKEN_SECRET: secret,
  WEBHOOK_SECRET: secret,
};
const sms = {
  SMS_URL: 'https://api.twilio.com',
  SMS_ACCOUNT_SID: 'AC1',
  SMS_AUTH_TOKEN: 'first-token-of-ours,second-one-of-ours',
  SMS_FROM: '+15005550006',
};

const faultsOf = (more: Record<string, string>): readonly string[] => {
  try {
    loadConfig(config, { ...needed, ...more });
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ key }) => key);
    throw error;
  }
  return [];
};

describe('the SMS gateway', () => {
  it('is none as long as nothing of it is set', () => {
    expect(smsAccountOf(loadConfig(config, needed))).toBeNull();
  });

  it('is an account whose first token logs in', () => {
    expect(smsAccountOf(loadConfig(config, { ...needed, ...sms }))).toEqual({
      url: 'https://api.twilio.com',
      accountSid: 'AC1',
      authTokens: ['first-token-of-ours', 'second-one-of-ours'],
      from: '+15005550006',
    });
  });

  it('is never half set up: every fault is named at once', () => {
    const more = { SMS_URL: 'api.twilio.com', SMS_AUTH_TOKEN_FILE: '/nowhere/at/all', SMS_FORM: 'x' };
    expect(faultsOf(more)).toEqual(['SMS_FORM', 'SMS_URL', 'SMS_AUTH_TOKEN_FILE', 'SMS_ACCOUNT_SID', 'SMS_FROM']);
  });

  it.each(['+15005550006', '12345', 'My Shop', `MG${'a'.repeat(32)}`])('sends as %s', (SMS_FROM) =>
    expect(faultsOf({ ...sms, SMS_FROM })).toEqual([]),
  );

  it.each(['0171 123', 'A name far too long', '+1', 'MGx1234567890'])('does not send as %s', (SMS_FROM) =>
    expect(faultsOf({ ...sms, SMS_FROM })).toEqual(['SMS_FROM']),
  );
});
