import { describe, expect, it } from '@jest/globals';
import type { JourneyDefinition, TriggerDefinition } from '@kairos/decisions';
import { parsePlaybook } from '@kairos/playbook';
import { type Counted, isListed, type Moved, messagesOf, numbersOf } from './numbers.ts';

const { definitions } = parsePlaybook([
  {
    path: 'a.yaml',
    text: `kind: Trigger
id: left
status: live
purpose: marketing
when: { did: Product Added }
send: reminder
---
kind: Journey
id: recovery
status: live
startsWith: left
steps:
  - send: first
  - waitFor: { clicked: first, atMost: 1d }
    otherwise:
      - branch:
          - { if: 'true', steps: [{ send: second }] }
          - else: [{ split: half, ways: [{ share: 50%, steps: [{ task: call, to: staff(sales) }] }, { share: 50%, steps: [exit] }] }]
`,
  },
]);
const [trigger, journey] = definitions.filter(isListed) as [TriggerDefinition, JourneyDefinition];

const count = (kind: string, outcome: string, over: Partial<Counted> = {}): Counted => ({
  kind,
  subject: 'left',
  messageId: '',
  code: '',
  n: 1,
  outcome,
  ...over,
});
const counts: Counted[] = [
  count('trigger', 'fired', { n: 10 }),
  count('trigger', 'notStarted', { code: 'REENTRY_WAIT', n: 2 }),
  count('trigger', 'notStarted', { code: 'NOT_IN_AUDIENCE', n: 5 }),
  count('trigger', 'journeyStarted', { subject: 'recovery', n: 9 }),
  count('trigger', 'journeyExited', { subject: 'recovery', code: 'GOAL_REACHED', n: 3 }),
  count('trigger', 'journeyExited', { subject: 'recovery', n: 1 }),
  count('decision', 'chosen', { messageId: 'reminder', n: 6 }),
  count('decision', 'dropped', { messageId: 'reminder', code: 'CAP_REACHED', n: 4 }),
  count('decision', 'dropped', { messageId: 'first', code: 'CAP_REACHED', n: 1 }),
  count('decision', 'withdrawn', { messageId: 'first', code: 'GOAL_REACHED', n: 2 }),
  count('report', 'accepted', { messageId: 'reminder', n: 6 }),
  count('report', 'accepted', { messageId: 'second', n: 2 }),
  count('report', 'failed', { messageId: 'second', n: 1 }),
  count('report', 'accepted', { subject: 'another', messageId: 'second', n: 100 }),
  // An event may be called like a trigger.
  count('event', 'fired', { n: 1_000 }),
];
const move = (does: string, over: Partial<Moved> = {}): Moved => ({
  journeyId: 'recovery',
  version: 'v',
  step: 'steps[0]',
  does,
  outcome: 'journeyStepTaken',
  way: '',
  code: '',
  n: 1,
  ...over,
});
const moves = [
  move('send', { n: 9 }),
  move('task', { n: 2 }),
  move('send', { code: 'STOPPED_BY_OPERATOR', n: 50 }),
  move('waitFor', { n: 50 }),
  move('send', { journeyId: 'another', n: 50 }),
];

describe('numbers of a definition', () => {
  it('of a trigger are its firings, what came of its proposals, and of those of its journeys', () => {
    expect(numbersOf(trigger, counts, { moves, journeys: [journey] })).toEqual({
      started: 10,
      notStarted: [
        { code: 'NOT_IN_AUDIENCE', n: 5 },
        { code: 'REENTRY_WAIT', n: 2 },
      ],
      proposed: 10 + 11,
      sent: 8,
      dropped: [{ code: 'CAP_REACHED', n: 5 }],
      withdrawn: [{ code: 'GOAL_REACHED', n: 2 }],
      ended: [],
    });
  });

  it('of a journey are its starts and exits, and what came of the messages that it has', () => {
    expect(numbersOf(journey, counts, { moves, journeys: [journey] })).toMatchObject({
      started: 9,
      proposed: 11,
      sent: 2,
      dropped: [{ code: 'CAP_REACHED', n: 1 }],
      ended: [
        { code: 'GOAL_REACHED', n: 3 },
        { code: '', n: 1 },
      ],
    });
  });

  it('know every message of a journey, however deep', () => {
    expect(messagesOf(journey.steps)).toEqual(['first', 'second', 'call']);
  });
});
