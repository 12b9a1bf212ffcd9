import { describe, expect, it } from '@jest/globals';
import { consentChanges } from './consent-history.ts';
import { mergeProfile, renamedProfile } from './merge-profile.ts';
import { OneProfile, playbookWith, sourceOf, T0 } from './profile.fixture.ts';
import { newProfile, type ProfileState } from './profile-state.ts';

const given = { name: 'Consent Given', properties: { channel: 'email' } };
const withdrawn = { name: 'Consent Withdrawn', properties: { channel: 'email' } };

describe('the history of consent', () => {
  it('tells of every change from what, to what, when, by which source and by which event', () => {
    const ada = new OneProfile();
    ada.sees({ ...given, messageId: 'form', source: 'crm' }, { loggedAtMs: T0 + 5 });
    ada.sees({ ...withdrawn, messageId: 'link', sourceKind: 'internal', occurredAtMs: T0 + 9 });
    const email = { channel: 'email', purpose: 'marketing', personId: 'user:1' };
    expect(ada.view.consentHistory).toEqual([
      {
        ...email,
        ...{ from: 'unknown', to: 'granted', occurredAtMs: T0, loggedAtMs: T0 + 5, origin: 'Consent Given' },
        ...{ source: 'crm', sourceKind: 'server', messageId: 'form' },
      },
      {
        ...email,
        ...{ from: 'granted', to: 'denied', occurredAtMs: T0 + 9, loggedAtMs: T0 + 9, origin: 'Consent Withdrawn' },
        ...{ source: 'shop', sourceKind: 'internal', messageId: 'link' },
      },
    ]);
  });

  it('does not grow by what is said again, and knows an assumption from a word', () => {
    const ada = new OneProfile(playbookWith(sourceOf({ id: 'shop', assumeConsent: ['email'] })));
    for (let at = 0; at < 100; at += 1) ada.sees({ occurredAtMs: T0 + at });
    for (let at = 100; at < 200; at += 1) ada.sees({ ...given, occurredAtMs: T0 + at });
    const changes = ada.view.consentHistory as { from: string; to: string; occurredAtMs: number }[];
    expect(changes.map(({ from, to, occurredAtMs }) => [from, to, occurredAtMs - T0])).toEqual([
      ['unknown', 'assumed', 0],
      ['assumed', 'granted', 100],
    ]);
  });

  it('says nothing of what a browser may not grant', () => {
    const ada = new OneProfile();
    ada.sees({ ...given, sourceKind: 'browser' });
    expect(ada.view).not.toHaveProperty('consentHistory');
  });

  it('never travels with events, not even where a message reads the whole profile', () => {
    const sms = { channel: 'sms', text: '{{ profile }}', deliver: 'atMostOnce' } as const;
    const common = { version: '1', description: '', owner: '', status: 'live' } as const;
    const asking = { kind: 'Message', id: 'm', purpose: 'marketing', channels: [sms], ...common } as const;
    const ada = new OneProfile(playbookWith(asking));
    const { event, changed } = ada.sees(given);
    expect(changed.profile).toContain('consentHistory');
    expect(event.profile).toContain('eventCount');
    expect(event.profile).not.toContain('consentHistory');
  });

  it('begins, for states of before there was one, with what they say of consent', () => {
    const old: ProfileState = {
      ...newProfile('anon:1', T0),
      consent: {
        'email/marketing': { state: 'granted', sinceMs: T0 - 9, atMs: T0, origin: 'Consent Given' },
        'sms/marketing': { state: 'granted', sinceMs: T0, atMs: -1, origin: 'assumed:till' },
      },
    };
    const ada = new OneProfile(undefined, 'anon:1');
    ada.state = old;
    ada.sees({ ...withdrawn, occurredAtMs: T0 + 1 });
    const history = ada.state === undefined ? [] : consentChanges(ada.state);
    expect(history).toMatchObject([
      { channel: 'email', from: 'unknown', to: 'granted', occurredAtMs: T0 - 9, messageId: null },
      { channel: 'sms', from: 'unknown', to: 'assumed', messageId: null },
      { channel: 'email', from: 'granted', to: 'denied', source: 'shop' },
    ]);
    for (const next of [renamedProfile('user:1', old), mergeProfile(newProfile('user:1', T0), old)])
      expect(consentChanges(next).map(({ personId }) => personId)).toEqual(['anon:1', 'anon:1']);
  });

  it('keeps whose each change was through every move', () => {
    const [device, visitor, user] = ['email:a@b.test', 'anon:1', 'user:1'].map((id, at) => {
      const one = new OneProfile(undefined, id);
      one.sees({ ...(at === 1 ? withdrawn : given), occurredAtMs: T0 + at });
      return one.state as ProfileState;
    }) as [ProfileState, ProfileState, ProfileState];
    const whole = mergeProfile(user, mergeProfile(visitor, device));
    expect(consentChanges(whole).map(({ personId, to }) => `${personId} ${to}`)).toEqual([
      'email:a@b.test granted',
      'anon:1 denied',
      'user:1 granted',
    ]);
    expect(consentChanges(mergeProfile(mergeProfile(device, user), visitor))).toEqual(consentChanges(whole));
  });

  it('keeps the channels that messages are sent by, whatever names somebody makes up', () => {
    const ada = new OneProfile();
    ada.sees(given);
    for (let at = 0; at < 99; at += 1)
      ada.sees({ ...withdrawn, properties: { channel: `a${at}` }, occurredAtMs: T0 + 1 + at });
    const pairs = Object.keys(ada.state?.consentHistory ?? {});
    expect(pairs).toHaveLength(50);
    expect(pairs).toContain('email/marketing');
  });
});
