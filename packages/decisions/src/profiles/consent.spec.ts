import { describe, expect, it } from '@jest/globals';
import { OneProfile, playbookWith, sourceOf, T0 } from './profile.fixture.ts';

const given = (properties: object, more: object = {}) => ({ name: 'Consent Given', properties, ...more });
const withdrawn = (properties: object, more: object = {}) => ({ name: 'Consent Withdrawn', properties, ...more });

const of = (profile: OneProfile, key: string) => {
  const entry = profile.state?.consent[key];
  return entry === undefined ? 'unknown' : `${entry.state} by ${entry.origin}`;
};

describe('consent', () => {
  it('is given and withdrawn per channel and purpose', () => {
    const ada = new OneProfile();
    ada.sees(given({ channel: 'email', purpose: 'marketing' }));
    ada.sees(given({ channel: 'SMS' }));
    ada.sees(withdrawn({ channel: 'email', purpose: 'marketing' }, { occurredAtMs: T0 + 1 }));
    expect(of(ada, 'email/marketing')).toBe('denied by Consent Withdrawn');
    expect(of(ada, 'sms/marketing')).toBe('granted by Consent Given');
    expect(of(ada, 'onsite/marketing')).toBe('unknown');
  });

  it('an unsubscribe means marketing by e-mail unless it says otherwise', () => {
    const ada = new OneProfile();
    ada.sees(given({ channel: 'email' }));
    ada.sees({ name: 'Unsubscribed', occurredAtMs: T0 + 1, sourceKind: 'internal' });
    expect(of(ada, 'email/marketing')).toBe('denied by Unsubscribed');
  });

  it('a browser may withdraw, never grant', () => {
    const ada = new OneProfile();
    ada.sees(given({ channel: 'email' }, { sourceKind: 'browser' }));
    ada.sees({
      sourceKind: 'browser',
      traits: { consent: { email: { marketing: true } } },
      context: { consent: { categoryPreferences: { Marketing: true } } },
    });
    expect(of(ada, 'email/marketing')).toBe('unknown');
    ada.sees({ sourceKind: 'browser', context: { consent: { categoryPreferences: { Advertising: false } } } });
    expect(of(ada, 'email/marketing')).toBe('denied by context.consent');
    expect(of(ada, 'onsite/marketing')).toBe('denied by context.consent');
  });

  it('a source assumes only while nothing is known, and whatever is said stands above it, even if said before', () => {
    const playbook = playbookWith(sourceOf({ id: 'shop', assumeConsent: ['email'] }));
    const ada = new OneProfile(playbook);
    ada.sees({ occurredAtMs: T0 + 10 });
    expect(of(ada, 'email/marketing')).toBe('granted by assumed:shop');
    ada.sees(withdrawn({ channel: 'email' }, { occurredAtMs: T0 }));
    ada.sees({ occurredAtMs: T0 + 20 });
    expect(of(ada, 'email/marketing')).toBe('denied by Consent Withdrawn');
  });

  it('the later statement stands in whatever order they come; at the same instant the refusal', () => {
    const statements = [
      given({ channel: 'email' }, { occurredAtMs: T0 + 20 }),
      withdrawn({ channel: 'email' }, { occurredAtMs: T0 + 10 }),
      given({ channel: 'email' }, { occurredAtMs: T0 }),
    ];
    for (const order of [statements, [...statements].reverse(), [...statements.slice(1), ...statements.slice(0, 1)]]) {
      const ada = new OneProfile();
      for (const one of order) ada.sees(one);
      expect(of(ada, 'email/marketing')).toBe('granted by Consent Given');
      ada.sees(withdrawn({ channel: 'email' }, { occurredAtMs: T0 + 20 }));
      ada.sees(given({ channel: 'email' }, { occurredAtMs: T0 + 20 }));
      expect(of(ada, 'email/marketing')).toBe('denied by Consent Withdrawn');
    }
  });

  it('said again, it stands since it was first said, and the contact is not told again', () => {
    const ada = new OneProfile();
    ada.sees(given({ channel: 'email' }));
    const { state, event } = ada.sees(given({ channel: 'email' }, { occurredAtMs: T0 + 60_000 }));
    expect(state.consent['email/marketing']).toMatchObject({ sinceMs: T0, atMs: T0 + 60_000 });
    expect(event.contact).toBeNull();
  });

  it('hostile names are not channels, and there is an end to their number', () => {
    const ada = new OneProfile();
    const channels = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`c${index}`, { marketing: true }]));
    ada.sees({ traits: { consent: { ...channels, constructor: { marketing: true }, 'a/b': { marketing: true } } } });
    expect(Object.keys(ada.state?.consent ?? {})).toHaveLength(50);
    expect(JSON.stringify(ada.state?.consent)).not.toContain('constructor');
  });
});
