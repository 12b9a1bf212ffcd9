import { beforeEach, describe, expect, it } from '@jest/globals';
import { type EnrichedEvent, enrichedRecord, type Feedback, factsOf } from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook, type Definition, type JourneyDefinition } from '@kairos/decisions';
import { type AnyProcessor, createMemoryRunner, type MemoryRunner } from '@kairos/stream-kit';
import { detectStateCodec } from './adapters/flat-state-codec.ts';
import { createDetectProcessor } from './core.ts';
import { common, eventOf, HOUR, T0, trigger } from './detecting.fixture.ts';

const begun = trigger('begun', {
  when: { type: 'event', events: [{ name: 'Begun', where: null }] },
  cancelOn: [{ name: 'Stopped', where: null }],
  expiresAfterMs: 6 * HOUR,
});
const send = (message: string) => ({ does: 'send', message, channel: null, expiresAfterMs: null }) as const;
const trip: JourneyDefinition = {
  ...common,
  kind: 'Journey',
  id: 'trip',
  startsWith: 'begun',
  exitsOnGoal: false,
  exitWhen: [],
  steps: [
    send('one'),
    {
      does: 'waitFor',
      anyOf: [
        { kind: 'outcome', message: 'one', outcome: 'clicked' },
        { kind: 'outcome', message: 'one', outcome: 'failed' },
      ],
      atMostMs: 24 * HOUR,
      otherwise: [{ does: 'set', traits: { sleeps: true } }],
    },
    send('two'),
  ],
};

let runner: MemoryRunner<CompiledPlaybook>;
const publish = (version: string, definitions: readonly Definition[], earlier: readonly Definition[] = []) =>
  runner.publish(version, compilePlaybook({ version, offset: 0, timeScale: 1, definitions, earlier }));

beforeEach(() => {
  runner = createMemoryRunner<CompiledPlaybook>({
    startMs: T0,
    processors: [createDetectProcessor({ codec: detectStateCodec }) as AnyProcessor<CompiledPlaybook>],
  });
  publish('v1', [begun, trip]);
});

let count = 0;
const happens = (name: string, fields: Partial<EnrichedEvent> = {}): void => {
  count += 1;
  const now = { occurredAtMs: runner.nowMs, receivedAtMs: runner.nowMs, loggedAtMs: runner.nowMs };
  const event = eventOf({ messageId: `m${count}`, name, ...now, ...fields });
  runner.append('events.enriched', event.personId, enrichedRecord({ event }));
};
const proposals = () => runner.records('messages.proposed').flatMap(({ value }) => value.proposal ?? []);
const hears = (fate: string): void => {
  const { candidateId = '', firingId = '' } = proposals().at(-1) ?? {};
  const feedback: Feedback = {
    personId: 'user:ada',
    kind: 'reported',
    candidateId,
    firingId,
    triggerId: 'begun',
    messageId: 'one',
    channel: 'email',
    fate,
    code: null,
    purpose: 'marketing',
    atMs: runner.nowMs,
  };
  runner.append('events.enriched', 'user:ada', enrichedRecord({ feedback }));
};
const did = () =>
  runner
    .records('triggers.detected')
    .flatMap(({ value }) => factsOf(value))
    .map(({ outcome, journey }) => [outcome, journey?.step ?? null]);

describe('a journey in the detector', () => {
  it('sends, waits over a restart, sets through the door what it was told to, and sends again', () => {
    happens('Begun');
    runner.restart();
    runner.advanceTo(T0 + 25 * HOUR);
    expect(proposals().map(({ messageId }) => messageId)).toEqual(['one', 'two']);
    const set = runner.records('events.identified').map(({ key, value }) => [key, value.event?.event]);
    expect(set).toMatchObject([
      ['user:ada', { name: 'Profile Set', traits: '{"sleeps":true}', sourceKind: 'internal', type: 'identify' }],
    ]);
    expect(did()).toEqual([
      ['fired', null],
      ['journeyStarted', null],
      ['journeyStepTaken', 'steps[0]'],
      ['journeyStepTaken', 'steps[1]'],
      ['journeyStepTaken', 'steps[1]'],
      ['journeyStepTaken', 'steps[1].otherwise[0]'],
      ['journeyStepTaken', 'steps[2]'],
      ['journeyExited', null],
    ]);
    runner.advanceTo(T0 + 48 * HOUR);
    expect(runner.states('detect').size).toBe(0);
  });

  it('tells of a move in one record, however many steps it takes', () => {
    happens('Begun');
    runner.advanceTo(T0 + 25 * HOUR);
    const records = runner.records('triggers.detected').map(({ value }) => [value.outcome, value.next.length]);
    expect(records).toEqual([
      ['fired', 0],
      ['journeyStarted', 2],
      ['journeyStepTaken', 3],
    ]);
    const facts = runner.records('triggers.detected').flatMap(({ value }) => factsOf(value));
    expect(new Set(facts.map(({ firingId }) => firingId)).size).toBe(facts.length);
    expect(facts.every(({ journey, outcome }) => outcome === 'fired' || journey?.journeyId === trip.id)).toBe(true);
  });

  it('goes on with a click, which is an event that names its candidate', () => {
    happens('Begun');
    happens('Email Link Clicked', { candidateId: proposals()[0]?.candidateId ?? '' });
    expect(proposals().map(({ messageId }) => messageId)).toEqual(['one', 'two']);
  });

  it('goes on with a report, which arbitration hears first', () => {
    happens('Begun');
    hears('failed');
    const bodies = runner.records('messages.proposed').map(({ value }) => {
      return value.proposal?.messageId ?? (value.feedback === null ? null : 'feedback');
    });
    expect(bodies.filter((body) => body !== null)).toEqual(['one', 'feedback', 'two']);
  });

  it('ends at once when its trigger is cancelled, on the version that was entered', () => {
    happens('Begun');
    publish('v2', [{ ...begun, version: '2', cancelOn: [] }], [begun, trip]);
    happens('Stopped');
    const withdrawn = runner.records('messages.proposed').flatMap(({ value }) => value.withdrawal ?? []);
    expect(withdrawn).toMatchObject([{ candidateId: proposals()[0]?.candidateId, code: 'EXITED' }]);
    runner.advanceTo(T0 + 30 * HOUR);
    expect(proposals()).toHaveLength(1);
  });
});
