import { describe, expect, it } from '@jest/globals';
import { company, conflictsOf, journey, message, trigger } from './conflicts.fixture.ts';

const night = (more = '') => company(`quietHours: [{ from: "21:00", to: "08:00"${more} }]`);
const of = (trigger: string, hours: string, ...more: string[]) =>
  conflictsOf(trigger, message('mail'), hours, ...more).map((one) => one.replace(/ — .*/, ''));
const at = (life: string, more = '') => trigger('one', `when: { did: A }\nsend: mail\nexpiresAfter: ${life}\n${more}`);

describe('quiet hours', () => {
  it('are named where a message does not live through them, with the hours in question', () => {
    expect(of(at('6h'), night())).toEqual([
      'QUIET_OUTLIVES a.yaml:7:7 warning send: expires after 6 hours, before the quiet hours end: what is proposed from 21:00 to 02:00 is never sent (mail)',
    ]);
    expect(of(at('11h'), night())).toHaveLength(1);
    expect(of(at('12h'), night())).toEqual([]);
  });

  it('are no matter to other channels and purposes, to staff, nor where they drop anyway', () => {
    expect(of(at('6h'), night(', channels: [sms]'))).toEqual([]);
    expect(of(at('6h'), night(', purpose: service'))).toEqual([]);
    expect(of(at('6h'), night(', onBreach: drop'))).toEqual([]);
    const staff = trigger('one', 'when: { did: A }\nsend: task\nto: staff(sales)\nexpiresAfter: 6h');
    expect(of(staff, night(), message('task', ['task']))).toEqual([]);
    const two = trigger('two', 'when: { did: B }\nsend: both\nexpiresAfter: 6h');
    expect(of(two, night(', channels: [email]'), message('both', ['email', 'sms']))).toEqual([]);
  });

  it('are certain where the time of day is', () => {
    const birthday = (time: string, life = '6h') =>
      trigger(
        'one',
        `when: { on: profile.traits.birthday, yearly: true, at: "${time}" }\nsend: mail\nexpiresAfter: ${life}`,
      );
    expect(of(birthday('22:00'), night())).toEqual([
      'QUIET_ALWAYS a.yaml:7:7 error send: is never sent: it comes at 22:00, in the quiet hours from 21:00 to 08:00, and it expires after 6 hours, before they end (mail)',
    ]);
    expect(of(birthday('22:00', '11h'), night())).toEqual([]);
    expect(of(birthday('07:00'), night())).toEqual([]);
    expect(of(birthday('07:00'), night(', onBreach: drop'))).toEqual([
      expect.stringMatching(/they do not let it wait/),
    ]);
    expect(of(birthday('09:00'), night())).toEqual([]);
  });

  it('look at the life and the hour of each step of a journey', () => {
    const talk = (steps: string) =>
      of(trigger('one', 'when: { did: A }\nexpiresAfter: 1d'), night(), journey('one', steps));
    expect(talk('- send: mail')).toEqual([]);
    expect(talk('- { send: mail, expiresAfter: 2h }')).toEqual([
      expect.stringMatching(/^QUIET_OUTLIVES d.yaml:7:13 .* 06:00/),
    ]);
    expect(talk('- wait: { until: "22:00" }\n- { send: mail, expiresAfter: 2h }')).toEqual([
      expect.stringMatching(/^QUIET_ALWAYS/),
    ]);
    expect(talk('- wait: { until: "10:00" }\n- { send: mail, expiresAfter: 2h }')).toEqual([]);
    // A later wait may end at any hour.
    expect(talk('- wait: { until: "10:00" }\n- wait: 1h\n- { send: mail, expiresAfter: 2h }')).toEqual([
      expect.stringMatching(/^QUIET_OUTLIVES/),
    ]);
  });
});
