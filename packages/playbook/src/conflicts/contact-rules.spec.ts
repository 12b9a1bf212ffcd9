import { describe, expect, it } from '@jest/globals';
import type { Definition } from '@kairos/decisions';
import { parsePlaybook } from '../parse-playbook.ts';
import { conflictsOf, journey, message, trigger } from './conflicts.fixture.ts';
import { findConflicts } from './index.ts';

const rule = (more: string, id = 'rule') => `---\nkind: ContactRule\nid: ${id}\nstatus: live\n${more}\n`;
const cap = (limit: number, window: string, { more = '', scope = 'purpose: marketing' } = {}) =>
  rule(`scope: { ${scope} }\nlimit: ${limit}\nwindow: { rolling: ${window} }\n${more}`, `cap-${limit}-${window}`);
const start = trigger('talk', 'when: { did: A }\nexpiresAfter: 6h');
const steps = '- send: mail\n- wait: 1d\n- send: mail\n- wait: 1d\n- send: mail';
const of = (rules: string, talk = steps, more = '') =>
  conflictsOf(start, journey('talk', talk), message('mail'), rules, more).map((one) => one.slice(0, 130));

describe('a journey under a cap', () => {
  it('names the send that is always dropped, with its place', () => {
    expect(of(cap(2, '7d', { more: 'onBreach: drop' }))).toEqual([
      'RULE_STOPS_JOURNEY b.yaml:11:11 error steps.4.send: is never sent: “cap-2-7d” allows 2 in 7 days, and this journey has then sent 2',
    ]);
  });

  it('names a send that expires before there is room, and only warns of one that waits', () => {
    expect(of(cap(2, '7d'))).toEqual([expect.stringMatching(/^RULE_STOPS_JOURNEY .* steps\.4\.send/)]);
    // After two days it waits five hours of the six that it lives.
    expect(of(cap(1, '29h'), '- send: mail\n- wait: 1d\n- send: mail')).toEqual([
      expect.stringMatching(/^RULE_DELAYS_JOURNEY .* warning steps\.2\.send: always waits/),
    ]);
    expect(of(cap(1, '30h'), '- send: mail\n- wait: 1d\n- send: mail')).toEqual([
      expect.stringMatching(/^RULE_STOPS_JOURNEY/),
    ]);
  });

  it('counts what went before on the same way only, and the longest that each wait can take', () => {
    const ways =
      '- split: draw\n  ways:\n    - { share: 50%, steps: [{ send: mail }] }\n    - { share: 50%, steps: [{ send: mail }] }';
    expect(of(cap(1, '7d', { more: 'onBreach: drop' }), ways)).toEqual([]);
    const waits = '- send: mail\n- waitFor: { clicked: mail, atMost: 7d }\n- send: mail';
    expect(of(cap(1, '7d', { more: 'onBreach: drop' }), waits)).toEqual([]);
    expect(of(cap(1, '8d', { more: 'onBreach: drop' }), waits)).toHaveLength(1);
  });

  it('does not count what the rule itself stopped', () => {
    // The second is never sent, so there is room for the third.
    expect(of(cap(1, '36h', { more: 'onBreach: drop' }))).toEqual([expect.stringMatching(/steps\.2\.send/)]);
  });

  it('looks at scope, purpose and channels as arbitration does', () => {
    expect(of(cap(1, '7d', { more: 'onBreach: drop', scope: 'purpose: service' }), steps, '')).toEqual([
      expect.stringMatching(/^RULE_WITHOUT_EFFECT .*nothing that is sent is in its scope/),
    ]);
    expect(of(cap(1, '7d', { more: 'onBreach: drop', scope: 'messages: [other]' }), steps, message('other'))).toEqual([
      expect.stringMatching(/^RULE_WITHOUT_EFFECT/),
    ]);
    const both = conflictsOf(
      start,
      journey('talk', steps),
      message('mail', ['email', 'sms']),
      cap(1, '7d', { more: 'onBreach: drop', scope: 'channels: [email]' }),
    );
    expect(both).toEqual([]);
  });

  it('takes a cooldown for a cap of one', () => {
    const cooldown = rule('scope: { purpose: marketing }\ncooldown: 30h\nonBreach: drop');
    expect(of(cooldown)).toEqual([expect.stringMatching(/steps\.2\.send/)]);
  });
});

describe('a rule', () => {
  it('is named when another one makes it pointless', () => {
    const one = trigger('one', 'when: { did: A }\nsend: mail');
    const with2 = (...rules: string[]) =>
      conflictsOf(one, message('mail'), rules.join('')).map((text) => text.slice(0, 110));
    expect(with2(cap(5, '7d'), cap(2, '30d'))).toEqual([
      expect.stringMatching(/^RULE_WITHOUT_EFFECT c.yaml:6:8 warning limit: never has an effect: “cap-2-30d” lets no/),
    ]);
    expect(with2(cap(5, '30d'), cap(2, '7d'))).toEqual([]);
    expect(with2(cap(3, '7d'), rule('scope: {}\ncooldown: 3d'))).toEqual([
      expect.stringMatching(/“rule” lets no more/),
    ]);
    expect(with2(cap(3, '7d'), rule('scope: {}\ncooldown: 2d'))).toEqual([]);
    // A rule of no purpose counts service messages and holds none of them back.
    expect(with2(cap(5, '7d', { scope: 'purpose: service' }), cap(2, '30d', { scope: '' }))).not.toContainEqual(
      expect.stringMatching(/lets no more/),
    );
  });

  it('of nothing is an error, whoever published it', () => {
    const text = [trigger('one', 'when: { did: A }\nsend: mail'), message('mail'), cap(1, '7d')].join('');
    const definitions = parsePlaybook([{ path: 'a.yaml', text }]).definitions.map(
      (one): Definition => (one.kind === 'ContactRule' && one.rule === 'cap' ? { ...one, limit: 0 } : one),
    );
    expect(findConflicts({ definitions })).toMatchObject([{ code: 'CAP_ZERO', severity: 'error', value: '0' }]);
  });
});
