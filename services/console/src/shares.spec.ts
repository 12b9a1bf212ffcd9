import { expect, it } from '@jest/globals';
import { parsePlaybook } from '@kairos/playbook';
import type { Listed } from './numbers.ts';
import { type Shared, shareRows } from './shares.ts';

const text = `kind: Trigger
id: left
status: live
purpose: marketing
when: { did: Product Added }
`;
const [trigger] = parsePlaybook([{ path: 'a.yaml', text }]).definitions;
const count = (kind: string, outcome: string, n: number) => ({
  kind,
  subject: 'left',
  messageId: kind === 'trigger' ? '' : 'mail',
  outcome,
  n,
});
const share = (value: string, one: ReturnType<typeof count>): Shared => ({ by: 'segment', value, ...one });

it('a trigger fares in all, and per segment, the most starts first; who is in two is in both rows', () => {
  const rows = shareRows(trigger as Listed, {
    counts: [count('trigger', 'fired', 5), count('report', 'accepted', 4)].map((one) => ({ ...one, code: '' })),
    shares: [
      { ...share('', count('answer', 'Email Link Clicked', 2)), by: 'all' },
      share('fresh', count('trigger', 'fired', 2)),
      share('big', count('trigger', 'fired', 4)),
      share('big', count('report', 'accepted', 3)),
      share('big', count('answer', 'Email Link Clicked', 1)),
      share('big', count('decision', 'dropped', 1)),
      share('idle', count('trigger', 'notStarted', 9)),
      { ...share('big', count('trigger', 'fired', 100)), subject: 'other' },
    ],
    goals: [
      { value: null, n: 2 },
      { value: 'big', n: 1 },
    ],
  });
  expect(rows).toEqual([
    { value: null, started: 5, sent: 4, clicked: 2, dropped: 0, goals: 2 },
    { value: 'big', started: 4, sent: 3, clicked: 1, dropped: 1, goals: 1 },
    { value: 'fresh', started: 2, sent: 0, clicked: 0, dropped: 0, goals: 0 },
  ]);
});
