import { describe, expect, it } from '@jest/globals';
import { consentRows, preferenceLines } from './consent-rows.ts';

const change = {
  ...{ channel: 'email', purpose: 'marketing', from: 'unknown', to: 'granted', personId: 'anon:b1' },
  ...{ occurredAtMs: 5, loggedAtMs: 9, origin: 'Consent Given', source: 'crm', sourceKind: 'server' },
  messageId: 'form-7',
};

describe('consent on the page of a person', () => {
  it('stands with the latest change first, by which source, and as whom where that was another name', () => {
    const later = { ...change, from: 'granted', to: 'denied', occurredAtMs: 7, personId: 'user:1', messageId: null };
    const rows = consentRows({ personId: 'user:1', consentHistory: [change, { ...later, source: null }] });
    expect(rows.map(({ atMs, change: what, by, messageId }) => [atMs, what, by, messageId])).toEqual([
      [7, 'granted → denied', 'Consent Given', null],
      [5, 'unknown → granted', 'Consent Given by crm (server), as anon:b1', 'form-7'],
    ]);
    expect(consentRows({ personId: 'user:1' })).toEqual([]);
  });

  it('has a line each for the channels, the topics and the frequency that somebody stated', () => {
    const frequency = { max: 2, perMs: 7 * 86_400_000 };
    expect(
      preferenceLines({ preferences: { channels: ['sms', 'email'], topics: { news: false }, frequency } }),
    ).toEqual([
      ['Channels', 'sms, then email'],
      ['Topics', 'news off'],
      ['Frequency', 'at most 2 in 7 d'],
    ]);
    expect(preferenceLines({ preferences: { channels: [], topics: {}, frequency: null } })[2]).toEqual([
      'Frequency',
      'not stated',
    ]);
    expect(preferenceLines({ preferences: null })).toEqual([]);
  });
});
