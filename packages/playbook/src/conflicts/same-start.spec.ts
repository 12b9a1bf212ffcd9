import { describe, expect, it } from '@jest/globals';
import { parsePlaybook } from '../parse-playbook.ts';
import { conflictsOf, journey, message, trigger } from './conflicts.fixture.ts';
import { findConflicts } from './index.ts';

const on = (id: string, more = '') => trigger(id, `when: { did: Product Viewed }\nsend: ${id}-mail\n${more}`);
const two = (a: string, b: string) => conflictsOf(on('one', a), on('two', b), message('one-mail'), message('two-mail'));

describe('two triggers of one event', () => {
  it('are named with place and remedy where nothing proves that they never meet', () => {
    expect(two('', 'audience: profile.orderCount > 3')).toEqual([
      'SAME_START b.yaml:6:7 warning when: may reach the same person as “one” by email at the same moment, at “Product Viewed”: one is sent, or both (two) — let their audiences exclude each other, make one journey of them, or take it that the priority decides',
    ]);
  });

  it.each([
    ['audiences', 'audience: profile.orderCount > 3', 'audience: profile.orderCount <= 3'],
    ['a segment and its contrary', 'audience: "!(\\"vip\\" in segments)"', 'audience: "\\"vip\\" in segments"'],
    ['times', 'activeTo: 2026-12-01T00:00:00Z', 'activeFrom: 2026-12-01T00:00:00Z'],
  ])('are not named when %s exclude each other', (_, a, b) => {
    const segment = '---\nkind: Segment\nid: vip\nstatus: live\nwhere: profile.orderCount > 9\n';
    expect(conflictsOf(on('one', a), on('two', b), message('one-mail'), message('two-mail'), segment)).toEqual([]);
  });

  it('are not named when the events exclude each other, or the channels are others', () => {
    const where = (id: string, total: string) =>
      trigger(id, `when: { did: Order Completed, where: properties.total ${total} 100 }\nsend: mail`);
    expect(conflictsOf(where('one', '>'), where('two', '<='), message('mail'))).toEqual([]);
    expect(conflictsOf(where('one', '>'), where('two', '>='), message('mail'))).toHaveLength(1);
    expect(conflictsOf(on('one'), on('two'), message('one-mail'), message('two-mail', ['sms']))).toEqual([]);
  });

  it('are looked at through their journeys, up to the first wait', () => {
    const quiet = trigger('two', 'when: { did: Product Viewed }');
    const mails = [message('one-mail'), message('two-mail')];
    expect(conflictsOf(on('one'), quiet, journey('two', '- send: two-mail'), ...mails)).toHaveLength(1);
    expect(conflictsOf(on('one'), quiet, journey('two', '- wait: 1d\n- send: two-mail'), ...mails)).toEqual([]);
  });
});

it('knows the same moment of other types', () => {
  const pair = (when: string, other = when) =>
    conflictsOf(
      trigger('one', `when: ${when}\nsend: mail`),
      trigger('two', `when: ${other}\nsend: mail`),
      message('mail'),
    );
  expect(pair('{ did: A, butNot: B, within: 1h }')).toHaveLength(1);
  expect(pair('{ did: A, butNot: B, within: 1h }', '{ did: A, butNot: B, within: 3h }')).toEqual([]);
  expect(pair('{ inactiveFor: 7d }')).toHaveLength(1);
  expect(pair('{ did: A, then: B, within: 1h }', '{ did: B, atLeast: 3, within: 1d }')).toHaveLength(1);
  expect(
    pair(
      '{ changes: profile.traits.plan, to: profile.traits.plan == "a" }',
      '{ changes: profile.traits.plan, to: profile.traits.plan == "b" }',
    ),
  ).toEqual([]);
  expect(pair('{ on: profile.traits.birthday, yearly: true }')).toHaveLength(1);
});

it('names each trigger once, however many it meets', () => {
  const many = Array.from({ length: 40 }, (_, at) => trigger(`t${at}`, 'when: { did: A }\nsend: mail'));
  const parsed = parsePlaybook([{ path: 'a.yaml', text: [...many, message('mail')].join('') }]);
  const found = findConflicts(parsed);
  expect(found).toHaveLength(39);
  expect(found.at(-1)?.with).toHaveLength(39);
  expect(found.at(-1)?.message).toMatch(/“t4” and 34 more by email/);
});

it('leaves drafts alone unless asked, and shows definitions without a file by their name', () => {
  const draft = on('two').replace('status: live', 'status: draft');
  const { definitions } = parsePlaybook([
    { path: 'a.yaml', text: [on('one'), draft, message('one-mail'), message('two-mail')].join('') },
  ]);
  expect(findConflicts({ definitions })).toEqual([]);
  expect(findConflicts({ definitions }, { statuses: ['live', 'draft'] })).toMatchObject([
    {
      code: 'SAME_START',
      file: 'Trigger/two',
      line: 1,
      in: { kind: 'Trigger', id: 'two' },
      with: [{ kind: 'Trigger', id: 'one' }],
    },
  ]);
});
