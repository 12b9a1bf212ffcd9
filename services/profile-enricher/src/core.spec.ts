import { beforeEach, describe, expect, it } from '@jest/globals';
import { type CollectedEvent, identifiedRecord, type MessageDecided, type MessageReported } from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook } from '@kairos/decisions';
import { type AnyProcessor, createMemoryRunner, type MemoryRunner, partitionOf } from '@kairos/stream-kit';
import { createEnrichProcessor, createIdentifyProcessors } from './core.ts';

const T0 = Date.UTC(2026, 5, 3, 10);
const PARTITIONS = 3;
const codec = {
  encode: (state: unknown): Uint8Array => Buffer.from(JSON.stringify(state)),
  decode: (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString('utf8')),
};
const counted = { duplicates: 0, rehomed: 0, shared: [] as string[] };
const counts = {
  duplicateEvent: () => {
    counted.duplicates += 1;
  },
  rehomed: () => {
    counted.rehomed += 1;
  },
  sharedIdentifier: (kind: string) => {
    counted.shared.push(kind);
  },
};

let runner: MemoryRunner<CompiledPlaybook>;
let refused: string[];

beforeEach(() => {
  counted.duplicates = 0;
  counted.rehomed = 0;
  counted.shared = [];
  refused = [];
  const identify = Object.values(createIdentifyProcessors({ codec, partitions: PARTITIONS, partitionOf, counts }));
  runner = createMemoryRunner<CompiledPlaybook>({
    startMs: T0,
    partitions: PARTITIONS,
    processors: [
      ...identify.map((processor) => processor as unknown as AnyProcessor<CompiledPlaybook>),
      ({ declaredSources }) => createEnrichProcessor({ codec, declaredSources }) as AnyProcessor<CompiledPlaybook>,
    ],
    onError: (error) => refused.push(String(error)),
  });
});

let count = 0;
const collected = (fields: Partial<CollectedEvent>): CollectedEvent => {
  count += 1;
  return {
    messageId: `m${count}`,
    type: 'track',
    name: 'Page Viewed',
    anonymousId: null,
    userId: null,
    email: null,
    phone: null,
    occurredAtMs: runner.nowMs,
    receivedAtMs: runner.nowMs,
    originalTimestampMs: null,
    sentAtMs: null,
    properties: '{}',
    traits: '{}',
    context: '{}',
    source: 'shop',
    sourceKind: 'server',
    backfill: false,
    candidateId: null,
    flags: [],
    rehomed: false,
    origin: null,
    link: null,
    ...fields,
  };
};

const collect = (fields: Partial<CollectedEvent>, partition?: number): void => {
  const key = fields.anonymousId ?? fields.userId ?? fields.email ?? '';
  runner.append('events.collected', { key, ...(partition === undefined ? {} : { partition }) }, collected(fields));
};

const events = () =>
  runner.records('events.enriched').flatMap(({ value }) => (value.event === null ? [] : [value.event]));
const home = (key: string): number => partitionOf(key, PARTITIONS);

describe('identify', () => {
  it('stamps the log time, and every person has one partition from here on', () => {
    collect({ userId: 'ada' });
    runner.advanceTo(T0 + 5_000);
    collect({ anonymousId: 'browser', userId: 'ada' });
    collect({ anonymousId: 'browser' });
    const records = runner.records('events.identified').filter(({ value }) => value.event !== null);
    expect(records.map(({ key, partition, value }) => [key, partition, value.event?.loggedAtMs])).toEqual([
      ['user:ada', home('user:ada'), T0],
      ['user:ada', home('user:ada'), T0 + 5_000],
      ['user:ada', home('user:ada'), T0 + 5_000],
    ]);
    expect(records.map(({ value }) => value.event?.linkedFrom)).toEqual([null, 'anon:browser', null]);
  });

  it('drops a repeated message id, and counts it', () => {
    collect({ userId: 'ada', messageId: 'same' });
    collect({ userId: 'ada', messageId: 'same' });
    expect(events()).toHaveLength(1);
    expect(counted.duplicates).toBe(1);
  });

  it('sends a record of a foreign partitioner back under its right key, once, and it takes effect once', () => {
    const wrong = (home('ada') + 1) % PARTITIONS;
    collect({ userId: 'ada', messageId: 'lost' }, wrong);
    expect(runner.records('events.collected').map(({ partition, value }) => [partition, value.rehomed])).toEqual(
      [
        [wrong, false],
        [home('ada'), true],
      ].sort(([a], [b]) => Number(a) - Number(b)),
    );
    expect(events().map(({ messageId }) => messageId)).toEqual(['lost']);
    expect(counted.rehomed).toBe(1);
  });

  it('a record that says it was sent back and is misplaced all the same is not sent round again', () => {
    collect({ userId: 'ada', rehomed: true }, (home('ada') + 1) % PARTITIONS);
    expect(runner.records('events.collected')).toHaveLength(1);
    expect(events()).toHaveLength(1);
  });

  it('refuses at the door what nobody can process, and goes on with the next', () => {
    const bad: Partial<CollectedEvent>[] = [
      {},
      { userId: 'ada', properties: '{' },
      { userId: 'ada', traits: '[]' },
      { userId: 'ada', messageId: '' },
      { userId: 'ada', name: '' },
    ];
    for (const one of bad) collect(one);
    collect({ userId: 'ada', type: 'page', name: '' });
    expect(refused).toHaveLength(bad.length);
    expect(refused.every((text) => text.includes('KairosError'))).toBe(true);
    expect(events().map(({ name }) => name)).toEqual(['Page Viewed']);
  });

  it('a card that one pays with goes no further than the log that it was written to', () => {
    const card = '{"cardNumber":"4111 1111 1111 1111"}';
    collect({ userId: 'ada', properties: card, traits: card, context: `{"traits":${card}}` });
    expect(events()).toHaveLength(1);
    const written = ['events.identified', 'events.enriched', 'profiles.changed'] as const;
    for (const topic of written) expect(JSON.stringify(runner.records(topic))).not.toContain('4111');
  });

  it('an address of two users merges nobody, and is counted', () => {
    const traits = JSON.stringify({ email: 'family@shop.test', cardNumber: 'CARD-001' });
    collect({ userId: 'ada', traits });
    collect({ userId: 'bob', traits });
    expect(counted.shared.sort()).toEqual(['card', 'email']);
    expect(refused).toEqual([]);
  });

  it('refuses an alias that contradicts what is known, with field and remedy, and goes on', () => {
    const alias = { type: 'alias', name: 'Alias Made', anonymousId: 'browser' };
    collect({ ...alias, userId: 'ada' });
    collect({ ...alias, userId: 'bob' });
    collect({ anonymousId: 'browser' });
    expect(refused).toEqual([expect.stringContaining('send identify instead of alias')]);
    const told = runner.records('events.identified').flatMap(({ value }) => value.event ?? []);
    expect(told.map(({ personId }) => personId)).toEqual(['user:ada', 'user:ada']);
  });

  it('a time in the future, or before all time, becomes the time of the log', () => {
    collect({ userId: 'ada', occurredAtMs: T0 + 3_600_000 });
    collect({ userId: 'ada', occurredAtMs: -1 });
    expect(events().map(({ occurredAtMs }) => occurredAtMs)).toEqual([T0, T0]);
    const [first] = runner.records('events.identified').flatMap(({ value }) => value.event ?? []);
    expect(first?.event.flags).toEqual(['TIMESTAMP_CLAMPED']);
  });
});

describe('feedback', () => {
  const ids = { candidateId: 'c', personId: 'user:ada', firingId: 'f', triggerId: 't', messageId: 'm' };
  const decided: MessageDecided = {
    ...ids,
    origin: null,
    decisionId: 'd',
    number: 1,
    channel: 'email',
    purpose: 'marketing',
    audience: 'customer',
    fate: 'dropped',
    code: 'NO_CONSENT',
    gate: 'consent',
    numbers: '{}',
    gatesPassed: [],
    score: '{}',
    nextEligibleAtMs: null,
    decidedAtMs: T0,
    proposedAtMs: T0,
    playbookVersion: 'v1',
    handOver: null,
  };
  const reported: MessageReported = {
    ...ids,
    reportId: 'r',
    channel: 'email',
    purpose: 'marketing',
    outcome: 'accepted',
    code: null,
    attempt: 1,
    providerId: null,
    reportedAtMs: T0 + 1,
    causedAtMs: T0,
    chosenAtMs: T0,
  };

  it('what we decided and did comes home to the person; a report that comes again does not', () => {
    runner.append('messages.decided', 'user:ada', decided);
    runner.append('messages.reported', 'user:ada', reported);
    runner.append('messages.reported', 'user:ada', reported);
    const feedback = runner.records('events.enriched').flatMap(({ value }) => value.feedback ?? []);
    expect(feedback).toEqual([
      {
        ...ids,
        kind: 'decided',
        channel: 'email',
        fate: 'dropped',
        code: 'NO_CONSENT',
        purpose: 'marketing',
        atMs: T0,
      },
      { ...ids, kind: 'reported', channel: 'email', fate: 'accepted', code: null, purpose: 'marketing', atMs: T0 + 1 },
    ]);
  });
});

describe('enrich', () => {
  const playbook = compilePlaybook({ version: 'v1', offset: 0, timeScale: 1, definitions: [] });

  it('an activation becomes one marker in every partition, and an older one changes nothing', () => {
    runner.publish('v1', playbook);
    runner.publish('v2', playbook);
    runner.append('events.identified', 'marker', identifiedRecord({ marker: { playbookOffset: 0, version: 'v1' } }));
    const markers = runner.records('events.enriched').flatMap(({ value }) => value.marker?.version ?? []);
    expect(markers).toEqual(['v1', 'v2', 'v1', 'v2', 'v1', 'v2']);
  });

  it('there is no time before every declared source has ticked; then it is the minimum, and moves forward only', () => {
    const tick = (sources: readonly string[], timeMs: number): void =>
      runner.append(
        'events.identified',
        { key: 'tick', partition: 0 },
        identifiedRecord({ tick: { instance: 'x', sources: sources.map((source) => ({ source, timeMs })) } }),
      );
    const times = () =>
      runner.records('events.enriched').flatMap(({ value, partition }) => (partition === 0 ? (value.time ?? []) : []));
    // The runner's own first tick stands at T0 for every source.
    expect(times()).toEqual([{ timeMs: T0 }]);
    tick(['events.collected/0'], T0 + 10);
    expect(times()).toHaveLength(1);
    const sources = ['events.collected', 'messages.decided', 'messages.reported'].flatMap((topic) =>
      [0, 1, 2].map((partition) => `${topic}/${partition}`),
    );
    tick([...sources, 'playbook.published/0'], T0 + 7);
    tick(sources, T0 + 3);
    expect(times()).toEqual([{ timeMs: T0 }, { timeMs: T0 + 7 }]);
  });

  it('tells each event, then the profile as it stands; a restart from a cut changes nothing', () => {
    runner.publish('v1', playbook);
    collect({ userId: 'ada', name: 'Order Completed', properties: '{"total":0.1}' });
    runner.restart();
    collect({ userId: 'ada', name: 'Order Completed', properties: '{"total":0.2}' });
    const profiles = runner.records('profiles.changed').map(({ value }) => JSON.parse(value.profile));
    expect(profiles.map(({ orderCount, orderValue }) => [orderCount, orderValue])).toEqual([
      [1, 0.1],
      [2, 0.3],
    ]);
  });
});
