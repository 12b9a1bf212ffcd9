import { describe, expect, it } from '@jest/globals';
import { call, fileOf, known, rehearsed, rehearsedFiles, sideOf, T0 } from './history.fixture.ts';
import { startInChannel } from './shares/in-channel.fixture.ts';
import type { Walker } from './shares/threads.ts';

const story = [
  known('ada'),
  known('bob'),
  known('cleo'),
  // Left, and reminded.
  call([1, 'ada', 'Product Added'], { cart_id: 'a1' }),
  // Paid in time.
  call([1, 'bob', 'Product Added'], { cart_id: 'b1' }),
  call([1.5, 'bob', 'Order Completed'], { total: 20 }),
  // Two at once: the cart comes first, and there is room for one.
  call([1, 'cleo', 'Product Added'], { cart_id: 'c1' }),
  call([2.0042, 'cleo', 'Price Dropped']),
  // Nobody knows where to write to.
  call([3, 'dora', 'Product Added'], { cart_id: 'd1' }),
];

describe('a rehearsal', () => {
  it('counts per trigger and channel what fired, was proposed, was chosen, was dropped and by whom it was displaced', async () => {
    const { runs, difference, currency, events } = await rehearsed(story, [sideOf('now')]);
    const [run] = runs;
    expect(events).toMatchObject({ count: 9, unreadable: 0, late: 0, firstAtMs: T0, lastAtMs: T0 + 3 * 3_600_000 });
    expect(run?.triggers).toEqual([
      {
        triggerId: 'cart-left',
        fired: 3,
        notStarted: {},
        proposed: 3,
        channels: [
          {
            channel: 'email',
            chosen: 2,
            deferred: {},
            dropped: { NO_ADDRESS: 1 },
            withdrawn: {},
            displacedBy: {},
            cost: 0.004,
          },
        ],
      },
      {
        triggerId: 'price-drop',
        fired: 1,
        notStarted: {},
        proposed: 1,
        channels: [
          {
            channel: 'email',
            chosen: 0,
            deferred: {},
            dropped: { OUTRANKED: 1 },
            withdrawn: {},
            displacedBy: { 'cart-left': 1 },
            cost: 0,
          },
        ],
      },
    ]);
    expect(run?.totals).toMatchObject({ fired: 4, proposed: 4, chosen: 2, dropped: 2, waiting: 0, cost: 0.004 });
    expect(run?.persons).toEqual({ all: 4, proposedTo: 3, reached: 2, leftWithout: 1 });
    expect(run?.messagesPerPerson).toEqual([
      { messages: 0, persons: 2 },
      { messages: 1, persons: 2 },
    ]);
    expect(run?.days).toEqual([
      { dayMs: Date.UTC(2026, 5, 3), events: 9, fired: 4, chosen: 2, deferred: 0, dropped: 2 },
    ]);
    expect({ difference, currency }).toEqual({ difference: null, currency: 'GBP' });
  });

  it('lets time pass until what was put off has come back', async () => {
    const { runs, end } = await rehearsed(story, [sideOf('defers', 'defer')]);
    const price = runs[0]?.triggers.find(({ triggerId }) => triggerId === 'price-drop')?.channels[0];
    // It expires within the hour, so it cannot wait for the day to pass.
    expect(price).toMatchObject({ dropped: { OUTRANKED: 1 } });
    expect(end.isQuiet).toBe(true);
    const patient = sideOf('patient', 'defer').published.definitions.map((one) =>
      one.kind === 'Trigger' ? { ...one, expiresAfterMs: 72 * 3_600_000 } : one,
    );
    const again = await rehearsed(story, [
      { from: 'patient', published: { ...sideOf('patient').published, definitions: patient } },
    ]);
    const waited = again.runs[0]?.triggers.find(({ triggerId }) => triggerId === 'price-drop')?.channels[0];
    expect(waited).toMatchObject({ chosen: 1, deferred: { OUTRANKED: 1 }, displacedBy: { 'cart-left': 1 } });
    expect(again.runs[0]?.persons).toMatchObject({ leftWithout: 1 });
    expect(again.end.atMs).toBeGreaterThan(T0 + 26 * 3_600_000);
  });

  it('ends where it is told to, and says what was still waiting', async () => {
    const { runs, end, events } = await rehearsed(story, [sideOf('now')], { untilMs: T0 + 1.5 * 3_600_000 });
    expect(events.count).toBe(7);
    expect(end).toEqual({ atMs: T0 + 1.5 * 3_600_000, isQuiet: false });
    expect(runs[0]?.totals.fired).toBe(0);
  });

  it('takes imported history for live, unless it is told not to', async () => {
    const imported = story.map((one) => ({ ...one, context: { backfill: true } }));
    const live = await rehearsed(imported, [sideOf('now')]);
    expect(live.runs[0]?.totals.fired).toBe(4);
    const kept = await rehearsed(imported, [sideOf('now')], { keepBackfill: true });
    expect(kept.runs[0]?.totals).toMatchObject({ fired: 0, notStarted: 5 });
    expect(kept.runs[0]?.triggers[0]?.notStarted).toEqual({ BACKFILL: 4 });
  });

  it('can pretend that everybody has an address', async () => {
    const { runs } = await rehearsed(story, [sideOf('now')], { everyoneReachable: true });
    expect(runs[0]?.triggers[0]?.channels[0]).toMatchObject({ chosen: 3, dropped: {} });
  });

  it('says of two playbooks who meets another fate, and tells both stories', async () => {
    const quiet = sideOf('B', 'drop');
    const definitions = quiet.published.definitions.map((one) =>
      one.kind === 'Trigger' && one.id === 'cart-left' ? { ...one, status: 'paused' as const } : one,
    );
    const { runs, difference } = await rehearsed(story, [
      sideOf('A'),
      { from: 'B', published: { ...quiet.published, version: 'b', definitions } },
    ]);
    expect(runs.map(({ label, playbook }) => `${label} ${playbook}`)).toEqual(['A A', 'B B']);
    // Ada and Dora are proposed nothing; Cleo hears of the price.
    expect(difference?.persons).toBe(3);
    const cleo = difference?.samples.find(({ personId }) => personId === 'user:cleo');
    const fates = (story: NonNullable<typeof cleo>['a'] | undefined) =>
      story?.moments
        .filter(({ kind }) => kind === 'chosen' || kind === 'dropped')
        .map(({ text }) => text.split(' ')[0]);
    expect(fates(cleo?.a)).toEqual(['cart-reminder', 'price-mail']);
    expect(fates(cleo?.b)).toEqual(['price-mail']);
  });

  it('finds no difference between a playbook and itself', async () => {
    const { difference } = await rehearsed(story, [sideOf('A'), sideOf('B')]);
    expect(difference).toEqual({ persons: 0, samples: [] });
  });

  it('is the same whichever order the lines stand in', async () => {
    const straight = await rehearsed(story, [sideOf('now')]);
    const mixed = await rehearsed(story.toReversed(), [sideOf('now')]);
    expect(mixed.runs).toEqual(straight.runs);
    expect(mixed.events.late).toBe(0);
  });

  it('fires at once what is due too late, and not when somebody else’s next event comes', async () => {
    const first = await fileOf([known('ada'), known('bob'), call([5, 'bob', 'Seen'])]);
    const late = call([1, 'ada', 'Product Added'], { cart_id: 'a1' });
    const alone = await fileOf([late]);
    const beside = await fileOf([late, call([5.2, 'bob', 'Seen'])]);
    const storyOf = async (second: string) => {
      const { runs, events } = await rehearsedFiles([first, second], [sideOf('now')], {
        held: 0,
        persons: ['user:ada'],
      });
      expect(events.late).toBe(1);
      return runs[0]?.timelines[0]?.moments;
    };
    expect(await storyOf(beside)).toEqual(await storyOf(alone));
    expect(await storyOf(beside)).toContainEqual(expect.objectContaining({ kind: 'fired', atMs: T0 + 5 * 3_600_000 }));
  });

  it('tells what a worker failed of, and leaves none behind', async () => {
    let started = 0;
    let closed = 0;
    const startWalker = (): Walker => {
      started += 1;
      const walker = startInChannel();
      return {
        ...walker,
        onFailure: (failed) => failed(new Error('out of memory')),
        close: () => {
          closed += 1;
          return walker.close();
        },
      };
    };
    await expect(rehearsed(story, [sideOf('now')], { workers: 2, startWalker })).rejects.toThrow('out of memory');
    expect(started).toBeGreaterThan(0);
    expect(closed).toBe(started);
  });

  it('tells the whole story of who is asked for', async () => {
    const { runs } = await rehearsed(story, [sideOf('now')], { persons: ['user:bob'] });
    expect(runs[0]?.timelines[0]).toEqual({
      personId: 'user:bob',
      more: 0,
      moments: ['Identified', 'Product Added', 'Order Completed'].map((text) => ({
        atMs: expect.any(Number),
        kind: 'event',
        text,
      })),
    });
  });

  it('names file, line and reason of what is no event, and goes on', async () => {
    const { events, problems } = await rehearsed(
      [...story, '{"type":', { type: 'track', event: 'Seen', userId: 'x' }, { ...call([1, 'ada', 'Seen']), event: '' }],
      [sideOf('now')],
    );
    expect(events).toMatchObject({ count: 9, unreadable: 3 });
    expect(problems).toEqual([
      expect.stringMatching(/history\.ndjson:10 is no JSON/),
      expect.stringMatching(/history\.ndjson:11 timestamp is missing: give the time/),
      expect.stringMatching(/history\.ndjson:12 event is missing\. Send what happened/),
    ]);
  });

  it('reads events as they lie on the log, too, and takes the source from them', async () => {
    const event = {
      messageId: 'm1',
      type: 'track',
      name: 'Price Dropped',
      userId: 'eve',
      occurredAtMs: T0,
      receivedAtMs: 5,
      properties: '{}',
      traits: '{"email":"eve@shop.test"}',
      context: '{}',
      source: 'server',
      sourceKind: 'server',
    };
    const { runs } = await rehearsed([event], [sideOf('now')]);
    expect(runs[0]?.totals).toMatchObject({ fired: 1, chosen: 1 });
  });
});
