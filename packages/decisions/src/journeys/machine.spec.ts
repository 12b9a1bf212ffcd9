import { describe, expect, it } from '@jest/globals';
import type { JourneyStep } from '../definitions.ts';
import { DAY, HOUR, MINUTE, T0 } from '../triggers/detector.fixture.ts';
import {
  begun,
  bookOf,
  clicked,
  did,
  exitStep,
  journeyOf,
  send,
  Traveller,
  tripOf,
  wait,
  waitFor,
} from './journey.fixture.ts';

const travelling = (steps: readonly JourneyStep[], properties: Readonly<Record<string, unknown>> = {}): Traveller => {
  const ada = new Traveller(tripOf(steps));
  ada.sees({ name: 'Begun', id: 'b1', atMs: T0, properties });
  return ada;
};

describe('a journey', () => {
  it('takes its steps in order and says each of them', () => {
    const ada = travelling([send('one'), wait(HOUR), send('two'), exitStep, send('never')]);
    expect(ada.sent).toEqual(['one']);
    ada.reaches(T0 + HOUR - 1);
    expect(ada.sent).toEqual(['one']);
    ada.reaches(T0 + HOUR);
    expect(ada.sent).toEqual(['one', 'two']);
    expect(ada.story).toEqual([
      'Started',
      'send steps[0]',
      'wait steps[1]',
      'send steps[2]',
      'exit steps[3]',
      'Exited',
    ]);
  });

  it('proposes on the terms of its trigger, under the firing that started it, and names the channel', () => {
    const ada = travelling([send('one', { channel: 'email', expiresAfterMs: HOUR }), wait(1), send('two')]);
    ada.reaches(T0 + 1);
    const [fired] = ada.facts.flatMap((fact) =>
      fact.kind === 'detected' && fact.detected.outcome === 'fired' ? [fact.detected] : [],
    );
    expect(ada.proposals).toMatchObject([
      { channel: 'email', expiresAtMs: T0 + HOUR, firingId: fired?.firingId, triggerId: 'it', causes: ['b1'] },
      { channel: null, expiresAtMs: T0 + 1 + 6 * HOUR, causedAtMs: T0 + 1, causes: ['b1'] },
    ]);
    expect(new Set(ada.proposals.map(({ candidateId }) => candidateId)).size).toBe(2);
  });

  it('waits until nine where the person lives, on a weekday', () => {
    const until = { time: '09:00', weekdays: [5] };
    const ada = new Traveller(tripOf([{ does: 'wait', forMs: 0, until }, send('one')]));
    ada.sees({ name: 'Begun', atMs: T0, profile: { zone: 'America/New_York' } });
    // T0 is a Wednesday; nine in New York is one in the afternoon in UTC.
    expect(ada.journeyFacts.at(-1)?.dueAtMs).toBe(Date.UTC(2026, 5, 5, 13));
  });

  it('goes on when a send is clicked, and on the other way when it is not', () => {
    const steps = [send('one'), waitFor([clicked('one')], DAY, [send('other')]), send('last')];
    const clicks = travelling(steps);
    clicks.sees({ name: 'Email Link Clicked', atMs: T0 + HOUR, about: clicks.candidate('one') });
    expect(clicks.sent).toEqual(['one', 'last']);
    const sleeps = travelling(steps);
    sleeps.reaches(T0 + DAY);
    expect(sleeps.sent).toEqual(['one', 'other', 'last']);
    expect(sleeps.story).toContain('waitFor steps[1] otherwise');
    // Late news is remembered, and takes no step a second time.
    sleeps.sees({ name: 'Email Link Clicked', atMs: T0 + DAY + 1, about: sleeps.candidate('one') });
    expect(sleeps.sent).toEqual(['one', 'other', 'last']);
  });

  it('takes a click for opened, a robot’s for nothing, and one that came before the wait at once', () => {
    const opened = { kind: 'outcome', message: 'one', outcome: 'opened' } as const;
    const ada = travelling([send('one'), wait(HOUR), waitFor([opened], DAY), send('two')]);
    const about = ada.candidate('one');
    ada.sees({ name: 'Email Link Clicked', atMs: T0 + 1, about, properties: { suspectedBot: true } });
    ada.reaches(T0 + HOUR);
    expect(ada.sent).toEqual(['one']);
    const ben = travelling([send('one'), wait(HOUR), waitFor([opened], DAY), send('two')]);
    ben.sees({ name: 'Email Link Clicked', atMs: T0 + 1, about: ben.candidate('one') });
    ben.reaches(T0 + HOUR);
    expect(ben.sent).toEqual(['one', 'two']);
  });

  it('goes on when a send is dropped, and a branch sees why', () => {
    const dropped = { kind: 'outcome', message: 'one', outcome: 'dropped' } as const;
    const noConsent = { if: 'sends["one"] == "dropped" && reasons["one"] == "NO_CONSENT"', steps: [send('ask')] };
    const steps: JourneyStep[] = [
      send('one'),
      waitFor([clicked('one'), dropped], DAY),
      { does: 'branch', branches: [noConsent], otherwise: [send('thanks')] },
    ];
    const ada = travelling(steps);
    ada.hears(ada.candidate('one'), 'deferred', { code: 'QUIET_HOURS' });
    expect(ada.sent).toEqual(['one']);
    ada.hears(ada.candidate('one'), 'dropped', { code: 'NO_CONSENT' });
    expect(ada.sent).toEqual(['one', 'ask']);
    const ben = travelling(steps);
    ben.sees({ name: 'Email Link Clicked', atMs: T0 + 1, about: ben.candidate('one') });
    expect(ben.sent).toEqual(['one', 'thanks']);
  });

  it('waits for an event that is about the same thing, in time, and with its evidence', () => {
    const shipped = did('Order Shipped', 'properties.size == evidence.properties.size');
    const ada = travelling([waitFor([shipped], DAY, [exitStep]), send('one')], { k: 'a', size: 3 });
    ada.sees({ name: 'Order Shipped', atMs: T0 + 1, properties: { k: 'b', size: 3 } });
    ada.sees({ name: 'Order Shipped', atMs: T0 + 2, properties: { k: 'a', size: 4 } });
    ada.sees({ name: 'Order Shipped', atMs: T0 + DAY + 1, properties: { k: 'a', size: 3 } });
    ada.sees({ name: 'Order Shipped', atMs: T0 - 1, loggedAtMs: T0 + 3, properties: { k: 'a', size: 3 } });
    ada.sees({ name: 'Order Shipped', atMs: T0 + 3, properties: { k: 'a', size: 3 }, backfill: true });
    expect(ada.sent).toEqual([]);
    ada.sees({ name: 'Order Shipped', atMs: T0 + 4, properties: { k: 'a', size: 3 } });
    expect(ada.sent).toEqual(['one']);
  });

  it('branches by profile, segments and evidence, the first that holds', () => {
    const branch: JourneyStep = {
      does: 'branch',
      branches: [
        { if: 'evidence.properties.size > 10', steps: [send('large')] },
        { if: '"vip" in segments', steps: [send('vip')] },
        { if: 'profile.orderCount > 1', steps: [] },
      ],
      otherwise: [send('plain')],
    };
    const way = (with_: Parameters<Traveller['sees']>[0]) => {
      const ada = new Traveller(tripOf([branch]));
      ada.sees(with_);
      return ada.sent;
    };
    expect(way({ name: 'Begun', atMs: T0, properties: { size: 11 }, segments: ['vip'] })).toEqual(['large']);
    expect(way({ name: 'Begun', atMs: T0, segments: ['vip'], profile: { orderCount: 2 } })).toEqual(['vip']);
    expect(way({ name: 'Begun', atMs: T0, profile: { orderCount: 2 } })).toEqual([]);
    expect(way({ name: 'Begun', atMs: T0 })).toEqual(['plain']);
  });

  it('sees the profile as it stands when a step is taken, not as it was', () => {
    const branch: JourneyStep = {
      does: 'branch',
      branches: [{ if: 'profile.orderCount > 1', steps: [send('more')] }],
      otherwise: [],
    };
    const ada = travelling([wait(HOUR), branch]);
    ada.sees({ name: 'Page Viewed', atMs: T0 + 1, profile: { orderCount: 2 } });
    ada.reaches(T0 + HOUR);
    expect(ada.sent).toEqual(['more']);
  });

  it('sets what is known, gives staff a task, and calls another system', () => {
    const ada = travelling([
      { does: 'set', traits: { tier: 'gold' } },
      { does: 'task', message: 'ring', role: 'sales', expiresAfterMs: null },
      { does: 'call', message: 'crm', expiresAfterMs: HOUR },
    ]);
    expect(ada.sets).toMatchObject([{ personId: 'user:1', traits: '{"tier":"gold"}', atMs: T0 }]);
    expect(ada.proposals).toMatchObject([
      { messageId: 'ring', audience: 'staff:sales', channel: 'task' },
      { messageId: 'crm', audience: 'staff:systems', channel: 'webhook', expiresAtMs: T0 + HOUR },
    ]);
  });
});

describe('the end of a journey', () => {
  const twoSends = [send('one'), wait(HOUR), send('two')];

  it.each([
    ['Bought', 'GOAL_REACHED'],
    ['Stopped', 'EXITED'],
  ])('%s ends it at once and takes back what was not handed over', (name, code) => {
    const ada = travelling(twoSends);
    ada.sees({ name, id: 'end', atMs: T0 + MINUTE });
    expect(ada.withdrawals).toEqual([
      { candidateId: ada.candidate('one'), personId: 'user:1', code, causeMessageId: 'end', atMs: T0 + MINUTE },
    ]);
    ada.reaches(T0 + DAY);
    expect(ada.sent).toEqual(['one']);
    expect(ada.story.at(-1)).toBe(`Exited ${code}`);
    expect(ada.state?.journeys).toBeUndefined();
  });

  it('takes back nothing that was handed over, dropped, or answered', () => {
    for (const fate of ['accepted', 'dropped', 'failed', 'unknown']) {
      const ada = travelling(twoSends);
      ada.hears(ada.candidate('one'), fate);
      ada.sees({ name: 'Stopped', atMs: T0 + MINUTE });
      expect(ada.withdrawals).toEqual([]);
    }
  });

  it('takes back the last send, too, although all steps are done', () => {
    const ada = travelling([send('one')]);
    expect(ada.story.at(-1)).toBe('Exited');
    ada.hears(ada.candidate('one'), 'deferred', { code: 'QUIET_HOURS' });
    ada.sees({ name: 'Bought', atMs: T0 + HOUR });
    expect(ada.withdrawals).toMatchObject([{ code: 'GOAL_REACHED' }]);
    expect(ada.state?.journeys).toBeUndefined();
    const ben = travelling([send('one')]);
    ben.reaches(T0 + 6 * HOUR);
    expect(ben.state?.journeys).toBeUndefined();
  });

  it('is not the goal where the author says so, nor an event from before it began, nor one about another thing', () => {
    const book = bookOf([
      begun,
      journeyOf(twoSends, {
        exitsOnGoal: false,
        exitWhen: [{ name: 'Left', where: 'evidence.properties.k == "a" && sends["one"] == "proposed"' }],
      }),
    ]);
    const ada = new Traveller(book);
    ada.sees({ name: 'Begun', atMs: T0, properties: { k: 'a' } });
    ada.sees({ name: 'Bought', atMs: T0 + 1, properties: { k: 'a' } });
    ada.sees({ name: 'Left', atMs: T0 - 1, loggedAtMs: T0 + 2 });
    ada.sees({ name: 'Left', atMs: T0 + 2, properties: { k: 'b' } });
    expect(ada.withdrawals).toEqual([]);
    ada.sees({ name: 'Left', atMs: T0 + 3 });
    expect(ada.story.at(-1)).toBe('Exited EXITED');
  });
});

describe('instances', () => {
  it('run side by side per key, one at a time for each, at most 16', () => {
    const ada = new Traveller(tripOf([wait(HOUR)]));
    for (let k = 0; k < 17; k += 1) ada.sees({ name: 'Begun', atMs: T0 + k, properties: { k } });
    ada.sees({ name: 'Begun', atMs: T0 + 20, properties: { k: 3 } });
    expect(ada.state?.journeys).toHaveLength(16);
    expect(ada.story.filter((one) => one.startsWith('NotStarted'))).toEqual([
      'NotStarted TOO_MANY_INSTANCES',
      'NotStarted ALREADY_ACTIVE',
    ]);
    ada.reaches(T0 + 2 * HOUR);
    ada.sees({ name: 'Begun', atMs: T0 + 3 * HOUR, properties: { k: 3 } });
    expect(ada.state?.journeys).toHaveLength(1);
  });

  it('of a paused journey do not start; those under way propose nothing while it is paused', () => {
    const steps = [wait(HOUR), send('one'), wait(HOUR), send('two')];
    const ada = new Traveller(tripOf(steps));
    ada.sees({ name: 'Begun', atMs: T0, properties: { k: 'a' } });
    ada.playbook = tripOf(steps, { status: 'paused' });
    ada.sees({ name: 'Begun', atMs: T0 + 1, properties: { k: 'b' } });
    ada.reaches(T0 + HOUR);
    ada.playbook = tripOf(steps);
    ada.reaches(T0 + 2 * HOUR);
    expect(ada.sent).toEqual(['two']);
    expect(ada.story).toContain('NotStarted JOURNEY_PAUSED');
    expect(ada.story).toContain('send steps[1] STOPPED_BY_OPERATOR');
  });

  it('finish on the version that they entered, of journey and trigger, also when both are gone', () => {
    const before = [begun, journeyOf([wait(HOUR), send('old')])];
    const newTrigger = { ...begun, version: '2', cancelOn: [] };
    const after = bookOf([newTrigger, journeyOf([send('new')], { version: 'j2' })], before);
    const ada = new Traveller(bookOf(before));
    ada.sees({ name: 'Begun', atMs: T0, properties: { k: 'a' } });
    ada.playbook = after;
    ada.sees({ name: 'Begun', atMs: T0 + 1, properties: { k: 'b' } });
    ada.reaches(T0 + HOUR);
    expect(ada.sent).toEqual(['new', 'old']);
    const ben = new Traveller(bookOf(before));
    ben.sees({ name: 'Begun', atMs: T0 });
    ben.playbook = after;
    ben.sees({ name: 'Stopped', atMs: T0 + 1 });
    expect(ben.story.at(-1)).toBe('Exited EXITED');
    const cleo = new Traveller(bookOf(before));
    cleo.sees({ name: 'Begun', atMs: T0 });
    cleo.playbook = bookOf([], before);
    cleo.reaches(T0 + HOUR);
    expect(cleo.sent).toEqual(['old']);
  });

  it('end, and say so, when nobody knows their version any more', () => {
    const ada = new Traveller(tripOf([send('one'), wait(HOUR), send('two')]));
    ada.sees({ name: 'Begun', atMs: T0 });
    ada.playbook = bookOf([begun]);
    ada.reaches(T0 + HOUR);
    expect(ada.story.at(-1)).toBe('Exited JOURNEY_UNKNOWN');
    expect(ada.withdrawals).toMatchObject([{ code: 'EXITED' }]);
    expect(ada.state?.journeys).toBeUndefined();
  });
});

it('with no journey in the playbook nothing but the triggers’ own is remembered', () => {
  const ada = new Traveller(bookOf([{ ...begun, send: 'one' }]));
  ada.sees({ name: 'Begun', atMs: T0 });
  expect(Object.keys(ada.state ?? {})).toEqual(['triggers', 'profile', 'segments']);
  expect(ada.sent).toEqual(['one']);
});
