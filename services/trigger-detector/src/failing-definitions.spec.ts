import { describe, expect, it } from '@jest/globals';
import { explainReason } from '@kairos/contracts';
import type { Definition } from '@kairos/decisions';
import { common, HOUR, T0, trigger } from './detecting.fixture.ts';
import { failuresIn, gift, good, onOrder, told } from './failing.fixture.ts';

describe('a definition that fails', () => {
  it('is told of and counted under its own name, and its neighbours on both sides fire', () => {
    const bad = trigger('bad', { when: onOrder('properties.gift && properties.total > 1') });
    const { short, counted, facts } = told({ definitions: [bad, good, trigger('a-good', {})], events: gift });
    expect(short).toEqual(['a-good fired', 'bad DEFINITION_FAILED', 'good fired']);
    expect(counted).toContainEqual(['bad', 'notStarted', 'DEFINITION_FAILED']);
    expect(failuresIn(counted)).toEqual(['Trigger bad TYPE']);
    expect(facts[1]).toMatchObject({ outcome: 'notStarted', causes: ['m0'], personId: 'user:ada' });
    expect(JSON.parse(facts[1]?.evidence ?? '')).toEqual({
      failed: 'TYPE',
      because: '“properties.gift” is a string, not true or false.',
    });
    expect(explainReason('DEFINITION_FAILED')).toMatch(/could not be evaluated/);
  });

  it('is told of once per event, the same after every replay, and not where nothing is wrong', () => {
    const bad = trigger('bad', { when: onOrder('properties.gift && properties.total > 1') });
    const story = { definitions: [bad, good], events: [...gift, { properties: '{"gift":true,"total":5}' }, ...gift] };
    const { short, facts } = told(story);
    expect(short.filter((one) => one.startsWith('bad'))).toEqual([
      'bad DEFINITION_FAILED',
      'bad fired',
      'bad DEFINITION_FAILED',
    ]);
    expect(new Set(facts.map(({ firingId }) => firingId)).size).toBe(facts.length);
    expect(told(story).facts).toEqual(facts);
  });

  it('takes no more steps than it may, whatever the event brings', () => {
    const costly = 'properties.a.exists(x, properties.b.exists(y, x == y))';
    const list = (from: number) => Array.from({ length: 900 }, (_, at) => from + at);
    const long = [{ properties: JSON.stringify({ a: list(0), b: list(1_000) }) }];
    const definitions = [trigger('bad', { when: onOrder(costly) }), good];
    const { short, facts } = told({ definitions, events: long });
    expect(short).toEqual(['bad DEFINITION_FAILED', 'good fired']);
    expect(facts[0]?.evidence).toMatch(/OVER_BUDGET.*took more than 50000 steps/);
    const small = [{ properties: JSON.stringify({ a: [1, 2], b: [2] }) }];
    expect(told({ definitions, events: small }).short).toEqual(['bad fired', 'good fired']);
  });

  it('that throws is as if it had not met the event', () => {
    const { short, facts } = told({
      definitions: [trigger('bad', { when: onOrder('properties.total > 1') }), good],
      events: gift,
      spoil: (playbook) => {
        const when = playbook.triggers.get('bad')?.when;
        const [match] = when?.type === 'event' ? when.events : [];
        Object.assign(match ?? {}, {
          matches: () => {
            throw new TypeError('secret@example.com');
          },
        });
      },
    });
    expect(short).toEqual(['bad DEFINITION_FAILED', 'good fired']);
    expect(facts[0]?.evidence).toBe(
      '{"failed":"THROWN","because":"The definition could not be carried out (TypeError)."}',
    );
  });

  it('when its time comes is let go, and what is due with it fires', () => {
    const absence = {
      type: 'absence',
      events: [{ name: 'Order Completed', where: null }],
      butNot: [{ name: 'Paid', where: null }],
      withinMs: HOUR,
      clock: 'startsOnFirst',
      atLatestAfterMs: null,
      graceMs: 0,
    } as const;
    const bad = trigger('bad', { when: absence, audience: 'properties.gift && true' });
    const story = { definitions: [bad, trigger('good', { when: absence })], events: gift, untilMs: 3 * HOUR };
    expect(told(story).short).toEqual(['bad NOT_IN_AUDIENCE', 'bad DEFINITION_FAILED', 'good fired']);
    const thrown = told({
      ...story,
      spoil: (playbook) => {
        Object.assign(playbook.triggers.get('bad')?.audience ?? {}, {
          evaluate: () => {
            throw new Error('no');
          },
        });
      },
    });
    expect(thrown.short).toEqual(['bad DEFINITION_FAILED', 'good fired']);
    expect(thrown.facts[0]).toMatchObject({ causes: ['m0'], dueAtMs: T0 + HOUR });
  });

  it('in a journey takes the other way, and one that throws ends for this person alone', () => {
    const journey: Definition = {
      ...common,
      kind: 'Journey',
      id: 'talk',
      startsWith: 'good',
      exitsOnGoal: false,
      exitWhen: [],
      steps: [
        {
          does: 'branch',
          branches: [{ if: 'profile.traits.vip && true', steps: [] }],
          otherwise: [{ does: 'set', traits: { seen: true } }],
        },
        { does: 'wait', forMs: HOUR, until: null },
      ],
    };
    const events = [{ profile: '{"traits":{"vip":"yes"}}' }];
    const { facts, counted } = told({ definitions: [good, journey], events });
    expect(failuresIn(counted)).toEqual(['Journey talk TYPE']);
    expect(facts.find(({ code }) => code === 'DEFINITION_FAILED')).toMatchObject({
      triggerId: 'good',
      evidence: expect.stringContaining('"journeyId":"talk"'),
    });
    expect(facts.filter(({ outcome }) => outcome === 'journeyStepTaken').map((one) => one.journey?.way)).toContain(
      'else',
    );
    const thrown = told({
      definitions: [good, journey, { ...journey, id: 'other', steps: [{ does: 'wait', forMs: HOUR, until: null }] }],
      events,
      spoil: (playbook) => {
        const talk = playbook.journeys.startedBy.get('good')?.find(({ definition }) => definition.id === 'talk');
        Object.defineProperty(talk?.program[0] ?? {}, 'does', {
          get: () => {
            throw new RangeError('no');
          },
        });
      },
    });
    expect(thrown.facts.map((one) => `${one.journey?.journeyId ?? one.triggerId} ${one.outcome} ${one.code}`)).toEqual([
      'good fired null',
      'other journeyStarted null',
      'other journeyStepTaken null',
      'talk journeyExited DEFINITION_FAILED',
      'good notStarted DEFINITION_FAILED',
    ]);
    expect(failuresIn(thrown.counted)).toEqual(['Journey talk THROWN']);
  });
});
