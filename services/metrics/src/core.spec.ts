import { describe, expect, it } from '@jest/globals';
import {
  type EnrichedRecord,
  enrichedRecord,
  type MessageDecided,
  type MessageReported,
  type TriggerDetected,
} from '@kairos/contracts';
import { enrichedEvent } from '@kairos/testing';
import { rollUpDecided, rollUpDetected, rollUpEnriched, rollUpReported } from './core.ts';

const seen = <V>(value: V) => ({ value, traceId: 'abc' });

const nothing: EnrichedRecord = enrichedRecord({});

const event = enrichedEvent({
  name: 'Product Added',
  occurredAtMs: 1_000,
  receivedAtMs: 1_100,
  loggedAtMs: 1_200,
  sourceKind: 'browser',
  properties: '{"sku":"a"}',
});

describe('events against the tracking plan', () => {
  const faults = [
    { code: 'PROPERTY_MISSING', field: 'price' },
    { code: 'PROPERTY_TYPE', field: 'sku' },
  ];

  it('counts each fault of an event, and shows them in the timeline', () => {
    const { planFaults, count, entry } = rollUpEnriched(seen({ ...nothing, event: { ...event, faults } }));
    const fault = { atMs: 1_200, source: 'web', event: 'Product Added', outcome: 'flagged' };
    expect(planFaults).toEqual(faults.map((one) => ({ ...fault, ...one })));
    expect(count).toMatchObject({ outcome: 'live', code: '' });
    expect(JSON.parse(entry?.body ?? '{}').faults).toEqual(faults);
    expect(rollUpEnriched(seen({ ...nothing, event })).planFaults).toBeUndefined();
  });

  it('what was refused is in the story with its reason, and counted as refused', () => {
    const refused = {
      personId: 'user:42',
      messageId: 'm1',
      name: 'Product Added',
      source: 'web',
      occurredAtMs: 1_000,
      loggedAtMs: 1_200,
      faults,
    };
    const { planFaults, count, entry } = rollUpEnriched(seen({ ...nothing, refused }));
    expect(planFaults?.map(({ outcome, field }) => `${outcome} ${field}`)).toEqual(['refused price', 'refused sku']);
    expect(count).toMatchObject({ kind: 'event', outcome: 'refused', code: 'EVENT_NONCONFORMING', source: 'web' });
    expect(entry).toMatchObject({ personId: 'user:42', kind: 'event', entryId: 'refused|m1', title: 'Product Added' });
  });
});

const decided: MessageDecided = {
  origin: null,
  decisionId: 'd1',
  candidateId: 'c1',
  number: 1,
  personId: 'user:42',
  firingId: 'f1',
  triggerId: 'cart-left',
  messageId: 'cart-reminder',
  channel: 'email',
  purpose: 'marketing',
  audience: 'customer',
  fate: 'dropped',
  code: 'CAP_REACHED',
  gate: 'caps',
  numbers: '{"rule":"two-a-week","count":2,"limit":2}',
  gatesPassed: ['address', 'consent'],
  score: '{}',
  nextEligibleAtMs: null,
  decidedAtMs: 2_000,
  proposedAtMs: 1_500,
  playbookVersion: 'v1',
  handOver: null,
};

describe('what a record adds', () => {
  it('an event becomes one timeline entry and one count, at its log time', () => {
    const { entry, count, link } = rollUpEnriched(seen({ ...nothing, event }));
    expect(entry).toMatchObject({
      personId: 'user:42',
      atMs: 1_200,
      kind: 'event',
      entryId: 'm1',
      title: 'Product Added',
    });
    expect(JSON.parse(entry?.body ?? '')).toMatchObject({ properties: { sku: 'a' }, occurredAtMs: 1_000 });
    expect(count).toMatchObject({ kind: 'event', subject: 'Product Added', outcome: 'live', source: 'web' });
    expect(link).toBeUndefined();
  });

  it('an event tells how its person stands, new or returning where the profile says so', () => {
    const told = (profile: string) =>
      rollUpEnriched(seen({ ...nothing, event: { ...event, segments: ['big'], profile } }));
    expect(told('{}').stand).toEqual({ segments: ['big'], isReturning: null });
    expect(told('{"isReturning":true}').stand).toEqual({ segments: ['big'], isReturning: true });
    expect(told('{"traits":{"isReturning":true},"isReturning":"yes"}').stand?.isReturning).toBeNull();
    expect(JSON.parse(told('{"isReturning":false}').entry?.body ?? '')).toMatchObject({
      segments: ['big'],
      isReturning: false,
    });
  });

  it('an old person that moved leaves a link to where its story went on', () => {
    const merge = {
      personId: 'user:42',
      fromPersonId: 'anon:a',
      linkedAtMs: 1_200,
      hold: null,
      profile: null,
      waits: [],
      early: [],
      held: '[]',
      patterns: null,
      contactFollows: true,
    };
    const { link, entry } = rollUpEnriched(seen({ ...nothing, moved: { personId: 'anon:a', to: 'user:42', merge } }));
    expect(link).toEqual({ fromPersonId: 'anon:a', toPersonId: 'user:42', atMs: 1_200 });
    expect(entry).toBeUndefined();
  });

  it('a merge is one entry of the person that the old one is now', () => {
    const merged = {
      personId: 'user:42',
      fromPersonId: 'anon:a',
      linkedAtMs: 1_200,
      profile: '{}',
      segments: [],
      segmentsEntered: [],
      segmentsLeft: [],
      contact: null,
      patterns: null,
      contactFollows: true,
    };
    const { entry, count, stand } = rollUpEnriched(seen({ ...nothing, merged }));
    // As the timeline has it for whoever asks there.
    expect(stand).toEqual({ segments: merged.segments, isReturning: null });
    expect(entry).toMatchObject({ personId: 'user:42', entryId: 'merged|anon:a', title: 'Known before as anon:a' });
    expect(count).toBeUndefined();
  });

  it('a hand-over of contact history is no decision', () => {
    expect(rollUpDecided(seen({ ...decided, handOver: { to: 'user:42', history: '{}' } }))).toEqual({});
  });

  it('a time record moves the watermark and counts nothing', () => {
    expect(rollUpEnriched(seen({ ...nothing, time: { timeMs: 7 } }))).toEqual({ timeMs: 7 });
  });

  it('feedback inside the story adds nothing: it is counted from its own topic', () => {
    expect(rollUpEnriched(seen({ ...nothing, marker: { playbookOffset: 1, version: 'v' } }))).toEqual({});
  });

  it('a decision keeps its code, gate and numbers', () => {
    const { entry, count } = rollUpDecided(seen(decided));
    expect(count).toMatchObject({
      subject: 'cart-left',
      messageId: 'cart-reminder',
      outcome: 'dropped',
      code: 'CAP_REACHED',
    });
    expect(JSON.parse(entry?.body ?? '')).toMatchObject({ gate: 'caps', numbers: { count: 2 } });
  });

  it('properties that are not JSON are shown as unreadable and lose nothing else', () => {
    const { entry } = rollUpEnriched(seen({ ...nothing, event: { ...event, properties: '{' } }));
    expect(JSON.parse(entry?.body ?? '')).toMatchObject({ properties: { unreadable: '{' } });
  });

  it('only an accepted hand-over has a time from cause to hand-over', () => {
    const report: MessageReported = {
      reportId: 'r1',
      candidateId: 'c1',
      personId: 'user:42',
      firingId: 'f1',
      triggerId: 'cart-left',
      messageId: 'cart-reminder',
      channel: 'email',
      purpose: 'marketing',
      outcome: 'accepted',
      code: null,
      attempt: 1,
      providerId: null,
      reportedAtMs: 5_000,
      causedAtMs: 4_000,
      chosenAtMs: 4_500,
    };
    expect(rollUpReported(seen(report)).causeToHandOverMs).toBe(1_000);
    expect(
      rollUpReported(seen({ ...report, outcome: 'failed', code: 'PROVIDER_REJECTED' })).causeToHandOverMs,
    ).toBeUndefined();
  });
});

describe('what a journey did', () => {
  const step: TriggerDetected = {
    origin: null,
    firingId: 's1',
    personId: 'user:42',
    triggerId: 'cart-left',
    instanceKey: 'c1',
    outcome: 'journeyStepTaken',
    code: null,
    detectedAtMs: 2_000,
    dueAtMs: null,
    evidence: '{}',
    causes: [],
    playbookVersion: 'p1',
    journey: {
      journeyId: 'cart-recovery',
      version: 'v1',
      instanceId: 'i1',
      firingId: 'f1',
      step: 'steps[0]',
      does: 'send',
      way: null,
      candidateId: 'c1',
    },
    next: [],
  };

  it('stands in the timeline and is counted under the journey, not as a firing of its trigger', () => {
    const { entry, count } = rollUpDetected(seen(step));
    expect([entry?.title, entry?.atMs, count?.subject, count?.outcome]).toEqual([
      'cart-recovery',
      2_000,
      'cart-recovery',
      'journeyStepTaken',
    ]);
    expect(JSON.parse(entry?.body ?? '{}')).toMatchObject({ journey: { step: 'steps[0]', candidateId: 'c1' } });
    expect(rollUpDetected(seen(step)).journeyStep).toEqual({
      atMs: 2_000,
      journeyId: 'cart-recovery',
      version: 'v1',
      step: 'steps[0]',
      does: 'send',
      outcome: 'journeyStepTaken',
      way: '',
      code: '',
    });
  });

  it('a firing stays under its trigger', () => {
    expect(rollUpDetected(seen({ ...step, outcome: 'fired', journey: null })).count?.subject).toBe('cart-left');
    expect(rollUpDetected(seen({ ...step, outcome: 'fired', journey: null })).journeyStep).toBeUndefined();
  });
});
