import { describe, expect, it } from '@jest/globals';
import { linesOfConsent, linesOfPreferences } from './show-consent.ts';

const change = {
  ...{ channel: 'email', purpose: 'marketing', from: 'unknown', to: 'granted', personId: 'anon:b1' },
  ...{ occurredAtMs: 0, loggedAtMs: 1_000, origin: 'Consent Given', source: 'crm', sourceKind: 'server' },
  messageId: 'form-7',
};

describe('kairos explain --consent', () => {
  it('tells when, what, from what to what, by which source, and where an auditor finds the event', () => {
    expect(linesOfConsent({ consentHistory: [change] })).toEqual([
      '1970-01-01T00:00:00.000Z  email/marketing    unknown → granted',
      `${' '.repeat(26)}Consent Given by crm (server), event form-7, logged 1970-01-01T00:00:01.000Z, of anon:b1`,
    ]);
  });

  it('says so where the event is not known, and where nothing was said', () => {
    const old = { ...change, loggedAtMs: null, source: null, sourceKind: null, messageId: null };
    expect(linesOfConsent({ consentHistory: [old] })[1]).toBe(
      `${' '.repeat(26)}Consent Given, its event was not kept, of anon:b1`,
    );
    expect(linesOfConsent({})).toEqual(['Nothing was ever said of consent.']);
    expect(linesOfPreferences({ preferences: null })).toEqual(['No preferences were ever stated.']);
  });

  it('tells what the person has stated, a line each', () => {
    const week = { max: 2, perMs: 7 * 86_400_000 };
    const preferences = { channels: ['sms', 'email'], topics: { news: false, offers: true }, frequency: week };
    expect(linesOfPreferences({ preferences })).toEqual([
      'channels   sms, then email',
      'topics     news off, offers on',
      'frequency  at most 2 in 7 d',
    ]);
    expect(linesOfPreferences({ preferences: { channels: [], topics: {}, frequency: null } })).toEqual([
      'channels   not stated',
      'topics     not stated',
      'frequency  not stated',
    ]);
  });
});
