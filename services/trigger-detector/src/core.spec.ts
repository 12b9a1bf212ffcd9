import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Contact,
  type EnrichedEvent,
  type EnrichedRecord,
  enrichedRecord,
  type Feedback,
} from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook, type Definition } from '@kairos/decisions';
import { type AnyProcessor, createMemoryRunner, type MemoryRunner } from '@kairos/stream-kit';
import { createDetectProcessor } from './core.ts';
import { common, eventOf as eventWith, HOUR, T0, trigger } from './detecting.fixture.ts';

const codec = {
  encode: (state: unknown): Uint8Array => Buffer.from(JSON.stringify(state)),
  decode: (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString('utf8')),
};

const cartLeft = trigger('cart-left', {
  when: {
    type: 'absence',
    events: [{ name: 'Product Added', where: null }],
    butNot: [{ name: 'Order Completed', where: null }],
    withinMs: HOUR,
    clock: 'restartsOnRepeat',
    atLatestAfterMs: 24 * HOUR,
    graceMs: 15_000,
  },
  oncePer: ['properties.cart_id', 'person'],
  expiresAfterMs: 6 * HOUR,
  send: 'cart-reminder',
});
const complaints: Definition = {
  ...common,
  kind: 'ContactRule',
  id: 'complaint-blocks',
  scope: { purpose: 'marketing', channels: [], messages: [] },
  onBreach: 'drop',
  rule: 'block',
  afterEvents: [{ name: 'Complaint Opened', where: 'properties.severity > 1' }],
  forMs: 14 * 24 * HOUR,
  until: ['Complaint Resolved'],
};

let runner: MemoryRunner<CompiledPlaybook>;
beforeEach(() => {
  runner = createMemoryRunner<CompiledPlaybook>({
    startMs: T0,
    processors: [createDetectProcessor({ codec }) as AnyProcessor<CompiledPlaybook>],
  });
  const definitions = [cartLeft, complaints];
  runner.publish('v1', compilePlaybook({ version: 'v1', offset: 0, timeScale: 1, definitions }));
});

let count = 0;
const empty: EnrichedRecord = enrichedRecord({});
const eventOf = (fields: Partial<EnrichedEvent>): EnrichedEvent => {
  count += 1;
  const now = { occurredAtMs: runner.nowMs, receivedAtMs: runner.nowMs, loggedAtMs: runner.nowMs };
  return eventWith({ messageId: `m${count}`, name: 'Product Added', ...now, ...fields });
};
const happens = (fields: Partial<EnrichedEvent>, traceparent?: string): void => {
  const event = eventOf(fields);
  const value = { ...empty, event };
  runner.append(
    'events.enriched',
    { key: event.personId, ...(traceparent === undefined ? {} : { traceparent }) },
    value,
  );
};
const proposed = () => runner.records('messages.proposed').map(({ value }) => value);
const proposals = () => proposed().flatMap(({ proposal }) => proposal ?? []);
const bodiesOf = () =>
  proposed().map((value) =>
    Object.keys(value).find((name) => name !== 'origin' && value[name as keyof typeof value] !== null),
  );

describe('the detector', () => {
  it('the clock rule: a cart and, an hour later, its order are both in the backlog, so nothing is sent', () => {
    // The detector was away: what was logged meanwhile comes in order, time last.
    happens({ name: 'Product Added', occurredAtMs: T0, loggedAtMs: T0 });
    happens({ name: 'Order Completed', occurredAtMs: T0 + HOUR, loggedAtMs: T0 + HOUR });
    runner.advanceTo(T0 + 5 * HOUR);
    expect(proposals()).toEqual([]);
    expect(runner.records('triggers.detected')).toEqual([]);
  });

  it('the clock rule: without the order there is exactly one message', () => {
    happens({ name: 'Product Added', occurredAtMs: T0, loggedAtMs: T0 });
    runner.advanceTo(T0 + 5 * HOUR);
    runner.advanceTo(T0 + 9 * HOUR);
    expect(proposals()).toMatchObject([{ triggerId: 'cart-left', messageId: 'cart-reminder' }]);
    expect(runner.records('triggers.detected').map(({ value }) => value.outcome)).toEqual(['fired']);
  });

  it('fires before it passes the time on, linked to what armed it; a restart changes nothing', () => {
    happens({}, '00-11111111111111111111111111111111-2222222222222222-01');
    runner.restart();
    runner.advanceTo(T0 + 2 * HOUR);
    const [fired] = runner.records('messages.proposed').filter(({ value }) => value.proposal !== null);
    expect(fired?.traceparent).toBe('00-11111111111111111111111111111111-2222222222222222-01');
    const after = runner
      .records('messages.proposed')
      .find(({ value, offset }) => value.time !== null && offset > (fired?.offset ?? 0));
    expect(after?.value.time?.timeMs).toBe(fired?.value.proposal?.proposedAtMs);
  });

  it('passes the marker and the time on, and of feedback only the hand-overs', () => {
    const feedback: Feedback = {
      personId: 'user:ada',
      kind: 'decided',
      candidateId: 'c',
      firingId: 'f',
      triggerId: 'cart-left',
      messageId: 'cart-reminder',
      channel: null,
      fate: 'dropped',
      code: 'NO_CONSENT',
      purpose: 'marketing',
      atMs: T0,
    };
    runner.append('events.enriched', 'user:ada', { ...empty, feedback });
    runner.append('events.enriched', 'user:ada', {
      ...empty,
      feedback: { ...feedback, kind: 'reported', fate: 'accepted' },
    });
    expect(bodiesOf()).toEqual(['time', 'marker', 'feedback']);
  });

  it('a hand-over closes what could be taken back', () => {
    happens({});
    runner.advanceTo(T0 + 2 * HOUR);
    const { candidateId = '', firingId = '' } = proposals()[0] ?? {};
    const feedback: Feedback = {
      personId: 'user:ada',
      kind: 'reported',
      candidateId,
      firingId,
      triggerId: 'cart-left',
      messageId: 'cart-reminder',
      channel: 'email',
      fate: 'accepted',
      code: null,
      purpose: 'marketing',
      atMs: runner.nowMs,
    };
    runner.append('events.enriched', 'user:ada', { ...empty, feedback });
    happens({ name: 'Order Completed' });
    expect(proposed().some(({ withdrawal }) => withdrawal !== null)).toBe(false);
  });

  it('tells arbitration of contact changes and of the blocking rules that an event sets off, before any proposal', () => {
    const contact: Contact = {
      email: 'a@b.c',
      phone: null,
      userId: 'ada',
      anonymousId: null,
      zone: 'Europe/Berlin',
      zoneFrom: 'company',
      locale: null,
      consent: [],
      preferences: null,
    };
    happens({ name: 'Identified', contact });
    happens({ name: 'Complaint Opened', properties: '{"severity":2}' });
    happens({ name: 'Complaint Opened', properties: '{"severity":1}' });
    happens({ name: 'Complaint Resolved' });
    happens({ name: 'Page Viewed' });
    const told = proposed().flatMap(({ contactEvent }) => contactEvent ?? []);
    expect(told.map(({ name, blocks, contact: said }) => [name, blocks, said?.email ?? null])).toEqual([
      ['Identified', [], 'a@b.c'],
      ['Complaint Opened', ['complaint-blocks'], null],
      ['Complaint Resolved', [], null],
    ]);
  });

  it('of an import nothing fires, and every match says why', () => {
    for (let index = 0; index < 3; index += 1) happens({ backfill: true, occurredAtMs: T0 - 400 * 24 * HOUR });
    runner.advanceTo(T0 + 48 * HOUR);
    expect(proposals()).toEqual([]);
    expect(runner.records('triggers.detected').map(({ value }) => value.code)).toEqual([
      'BACKFILL',
      'BACKFILL',
      'BACKFILL',
    ]);
    expect(runner.states('detect').size).toBe(0);
  });
});
