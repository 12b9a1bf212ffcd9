import { describe, expect, it } from '@jest/globals';
import { formatIssue } from '../lint-issue.ts';
import { parsePlaybook } from '../parse-playbook.ts';
import { conflictsOf, journey, message, trigger } from './conflicts.fixture.ts';

const lint = (...texts: string[]) =>
  parsePlaybook(texts.map((text, at) => ({ path: `${'abcdef'[at]}.yaml`, text }))).issues.map(formatIssue);
const segment = (id: string, where: string) => `---\nkind: Segment\nid: ${id}\nstatus: live\nwhere: ${where}\n`;
const plan = (id: string, to: string, more = '') =>
  trigger(id, `when: { changes: profile.traits.plan, to: profile.traits.plan == "${to}" }\n${more}`);

describe('lint refuses what goes on for ever without a wait', () => {
  it('a journey that starts on what it sets', () => {
    const self = trigger('one', 'when: { did: Profile Set }');
    expect(lint(self, journey('one', '- set: { seen: true }'))).toEqual([
      'b.yaml:7:10 error steps.0.set: starts itself again and again without a wait: “one” sets traits.seen → “one” starts (one) — put a wait into it, set reentry to never or to a time, or break the circle',
    ]);
  });

  it('two journeys that set a value to and fro', () => {
    const there = plan('there', 'a');
    const back = plan('back', 'b');
    const talks = [journey('there', '- set: { plan: b }'), journey('back', '- set: { plan: a }')];
    expect(lint(there, back, ...talks)).toEqual([
      expect.stringMatching(/“back” sets traits.plan → “there” sets traits.plan → “back” starts/),
    ]);
  });

  it('a message whose own delivery is the start of it', () => {
    const sms = trigger('one', 'when: { did: SMS Delivered }\nsend: text');
    expect(lint(sms, message('text', ['sms']))).toEqual([
      expect.stringMatching(/^a.yaml:\d+:7 error send: starts itself .*“one” sends, of which “SMS Delivered” tells/),
    ]);
    expect(lint(sms, message('text', ['email']))).toEqual([]);
  });

  it.each([
    ['it waits', 'when: { did: Profile Set }', '- wait: 1h\n- set: { seen: true }'],
    ['it may not come again', 'when: { did: Profile Set }\nreentry: never', '- set: { seen: true }'],
    ['it may not come again for a time', 'when: { did: Profile Set }\nreentry: 1h', '- set: { seen: true }'],
    ['it fires after a time', 'when: { inactiveFor: 1h, of: Profile Set }', '- set: { seen: true }'],
    ['it needs several', 'when: { did: Profile Set, atLeast: 2, within: 1d }', '- set: { seen: true }'],
    ['what it sets is no change any more', 'when: { changes: profile.traits.seen }', '- set: { seen: true }'],
    ['somebody must do something', 'when: { did: Email Opened }', '- send: mail'],
  ])('but not a circle in which %s', (_, when, steps) => {
    expect(
      lint(trigger('one', when), journey('one', steps), message('mail')).filter((one) => one.includes('error')),
    ).toEqual([]);
  });
});

describe('conflicts name circles that end by themselves, or take time', () => {
  it.each([
    ['it waits', 'when: { did: Profile Set }', '- wait: 1h\n- set: { seen: true }'],
    ['what it sets is no change any more', 'when: { changes: profile.traits.seen }', '- set: { seen: true }'],
    ['somebody must do something', 'when: { did: Email Opened }', '- send: mail'],
    ['a reminder of a reminder', 'when: { did: Email Sent, butNot: Email Opened, within: 2d }', '- send: mail'],
  ])('where %s', (_, when, steps) => {
    expect(conflictsOf(trigger('one', when), journey('one', steps), message('mail'))).toEqual([
      expect.stringMatching(/^LOOP b.yaml.* warning .*may start itself again: “one”/),
    ]);
  });

  it('a segment that its own journey makes people enter', () => {
    const vip = segment('vip', 'profile.traits.vip == true && profile.orderCount > 3');
    const enters = trigger('one', 'when: { enters: vip }');
    expect(conflictsOf(vip, enters, journey('one', '- set: { vip: true }'))).toHaveLength(1);
    expect(conflictsOf(vip, enters, journey('one', '- set: { vip: false }'))).toEqual([]);
    expect(conflictsOf(vip, enters, journey('one', '- set: { other: true }'))).toEqual([]);
    const leaves = trigger('one', 'when: { leaves: vip }');
    expect(conflictsOf(vip, leaves, journey('one', '- set: { vip: false }'))).toHaveLength(1);
  });

  it('but no circle that an audience breaks', () => {
    const self = trigger('one', 'when: { did: Profile Set }\naudience: profile.traits.seen != true');
    expect(conflictsOf(self, journey('one', '- set: { seen: true }'))).toEqual([]);
  });
});

describe('a trigger that is not in its own audience', () => {
  it.each([
    [
      'leaves the segment it demands',
      'when: { leaves: vip }\naudience: "\\"vip\\" in segments"',
      'the audience and the segment “vip”',
    ],
    ['leaves the segment of its pilot', 'when: { leaves: vip }\npilot: vip', 'the segment “vip”'],
    [
      'enters what it excludes',
      'when: { enters: vip }\naudience: "!(\\"vip\\" in segments)"',
      'the audience and the segment “vip”',
    ],
    [
      'enters by what its audience denies',
      'when: { enters: vip }\naudience: profile.orderCount < 2',
      'the audience and the segment “vip”',
    ],
    [
      'becomes what its audience denies',
      'when: { changes: profile.traits.plan, to: profile.traits.plan == "a" }\naudience: profile.traits.plan == "b"',
      'the audience and `to`',
    ],
    [
      'asks the contrary of its event',
      'when: { did: A, where: profile.orderCount == 0 }\naudience: profile.orderCount > 0',
      'the audience and what is asked of “A”',
    ],
    [
      'contradicts itself',
      'when: { did: A }\naudience: profile.orderCount > 5 && profile.orderCount < 3',
      'the audience',
    ],
  ])('never fires: it %s', (_, text, what) => {
    const found = conflictsOf(segment('vip', 'profile.orderCount > 3'), trigger('one', text));
    expect(found).toEqual([expect.stringContaining(`never fires: ${what} can’t be true together`)]);
    expect(found[0]).toMatch(/^NEVER_FIRES b.yaml:\d+:\d+ error/);
  });

  it.each([
    ['when: { leaves: vip }\naudience: "\\"regular\\" in segments"'],
    ['when: { enters: vip }\naudience: profile.orderCount < 9'],
    ['when: { did: [{ event: A, where: profile.orderCount == 0 }, B] }\naudience: profile.orderCount > 0'],
    ['when: { did: A, butNot: B, within: 1d, where: profile.orderCount == 0 }\naudience: profile.orderCount > 0'],
  ])('is not suspected where something may hold: %s', (text) => {
    expect(
      conflictsOf(
        segment('vip', 'profile.orderCount > 3'),
        segment('regular', 'profile.orderCount > 1'),
        trigger('one', text),
      ),
    ).toEqual([]);
  });
});
