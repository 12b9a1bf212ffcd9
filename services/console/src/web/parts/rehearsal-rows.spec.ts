import { describe, expect, it } from '@jest/globals';
import type { RehearsedRun } from '../rehearsal-types.ts';
import { daysOf, spreadOf } from './rehearsal-rows.ts';

const day = (dayMs: number, chosen: number) => ({ dayMs, events: 0, fired: 0, chosen, deferred: 0, dropped: 0 });
const run = (days: RehearsedRun['days'], spread: RehearsedRun['messagesPerPerson']) =>
  ({ days, messagesPerPerson: spread }) as RehearsedRun;

describe('columns of a rehearsal', () => {
  it('have a place for each day, also for one on which nothing was said, and a bar for each playbook', () => {
    const [first, third] = [Date.UTC(2026, 4, 1), Date.UTC(2026, 4, 3)];
    const runs = [run([day(first, 4)], []), run([day(third, 2)], [])];
    expect(daysOf(runs, ({ chosen }) => chosen)).toEqual([
      { name: '2026-05-01', values: [4, 0] },
      { name: '2026-05-02', values: [0, 0] },
      { name: '2026-05-03', values: [0, 2] },
    ]);
    expect(daysOf([run([], [])], ({ chosen }) => chosen)).toEqual([]);
  });

  it('count persons by messages without a gap', () => {
    const runs = [
      run(
        [],
        [
          { messages: 0, persons: 5 },
          { messages: 2, persons: 1 },
        ],
      ),
    ];
    expect(spreadOf(runs)).toEqual([
      { name: '0 messages', values: [5] },
      { name: '1 message', values: [0] },
      { name: '2 messages', values: [1] },
    ]);
  });
});
