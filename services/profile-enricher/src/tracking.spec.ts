import { beforeEach, describe, expect, it } from '@jest/globals';
import { type CollectedEvent, identifiedRecord, KairosError } from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook, type Definition, type SourceDefinition } from '@kairos/decisions';
import { type AnyProcessor, createMemoryRunner, type MemoryRunner, partitionOf } from '@kairos/stream-kit';
import { createEnrichProcessor, createIdentifyProcessors } from './core.ts';

const T0 = Date.UTC(2026, 5, 3, 10);
const codec = {
  encode: (state: unknown): Uint8Array => Buffer.from(JSON.stringify(state)),
  decode: (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString('utf8')),
};

const common = { version: 'v', description: '', owner: '', status: 'live' } as const;
const plan: Definition = {
  ...common,
  kind: 'TrackingPlan',
  id: 'plan',
  events: [
    {
      name: 'Order Completed',
      description: '',
      otherProperties: 'allow',
      properties: [{ path: 'total', type: 'number', required: true, values: [], description: '' }],
    },
  ],
};
const sourceOf = (more: Partial<SourceDefinition>): SourceDefinition => ({
  ...common,
  kind: 'Source',
  id: 'shop',
  sourceKind: 'server',
  assumeConsent: [],
  trustBrowserEmail: false,
  ...more,
});
const playbookOf = (...definitions: readonly Definition[]): CompiledPlaybook =>
  compilePlaybook({ version: 'v1', offset: 0, timeScale: 1, definitions });

let runner: MemoryRunner<CompiledPlaybook>;
let refusals: KairosError[];
let counted: string[];

beforeEach(() => {
  refusals = [];
  counted = [];
  const counts = {
    failed: () => undefined,
    nonconforming: (fault: Readonly<Record<string, string>>) => {
      counted.push(['source', 'event', 'code', 'outcome'].map((label) => fault[label]).join(' | '));
    },
  };
  const identify = Object.values(createIdentifyProcessors({ codec, partitions: 3, partitionOf }));
  runner = createMemoryRunner<CompiledPlaybook>({
    startMs: T0,
    partitions: 3,
    processors: [
      ...identify.map((processor) => processor as unknown as AnyProcessor<CompiledPlaybook>),
      ({ declaredSources }) =>
        createEnrichProcessor({ codec, declaredSources, counts }) as AnyProcessor<CompiledPlaybook>,
    ],
    onError: (error) => {
      if (!(error instanceof KairosError)) throw error;
      refusals.push(error);
    },
  });
});

let count = 0;
const collect = (fields: Partial<CollectedEvent>): void => {
  count += 1;
  runner.append('events.collected', fields.anonymousId ?? fields.userId ?? 'ada', {
    messageId: `m${count}`,
    type: 'track',
    name: 'Order Completed',
    anonymousId: null,
    userId: fields.anonymousId === undefined ? 'ada' : null,
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
  });
};

const enriched = () => runner.records('events.enriched').map(({ value }) => value);
const events = () => enriched().flatMap(({ event }) => event ?? []);
const refused = () => enriched().flatMap((record) => record.refused ?? []);
const orders = (person: string): unknown => {
  const all = runner.records('profiles.changed').filter(({ key }) => key === person);
  return JSON.parse(all.at(-1)?.value.profile ?? '{}').orderCount;
};

describe('events against the tracking plan', () => {
  it('marks what does not conform, lets it take effect, and counts it by names of the playbook only', () => {
    runner.publish('v1', playbookOf(plan, sourceOf({})));
    collect({ properties: '{"total":"5"}' });
    collect({ properties: '{"total":5}' });
    collect({ name: 'Odrer Completed', source: 'nobody-knows' });
    expect(events().map(({ faults }) => faults)).toEqual([
      [{ code: 'PROPERTY_TYPE', field: 'total' }],
      [],
      [{ code: 'EVENT_UNPLANNED', field: 'Odrer Completed' }],
    ]);
    expect(orders('user:ada')).toBe(2);
    expect(counted).toEqual([
      'shop | Order Completed | PROPERTY_TYPE | flagged',
      'other | other | EVENT_UNPLANNED | flagged',
    ]);
    expect(refusals).toEqual([]);
  });

  it('asks nothing before a playbook with a plan is live, and from its marker on', () => {
    collect({});
    runner.publish('v1', playbookOf(sourceOf({ onNonconforming: 'refuse', unplanned: 'refuse' })));
    collect({});
    runner.publish('v2', playbookOf(plan, sourceOf({})));
    collect({});
    expect(events().map(({ faults }) => faults.length)).toEqual([0, 0, 1]);
  });

  it('refuses where the source says so: no effect on the person, a letter with field and remedy, and the story tells of it', () => {
    runner.publish('v1', playbookOf(plan, sourceOf({ onNonconforming: 'refuse' })));
    collect({ properties: '{"total":5}' });
    collect({ properties: '{"total":"secret-value"}', messageId: 'bad' });
    expect(events()).toHaveLength(1);
    expect(orders('user:ada')).toBe(1);
    expect(refused()).toEqual([
      {
        personId: 'user:ada',
        messageId: 'bad',
        name: 'Order Completed',
        source: 'shop',
        occurredAtMs: T0,
        loggedAtMs: T0,
        faults: [{ code: 'PROPERTY_TYPE', field: 'total' }],
      },
    ]);
    expect(refusals.map(({ code, field }) => [code, field])).toEqual([['EVENT_NONCONFORMING', 'total']]);
    expect(refusals[0]?.message).toBe(
      'total is not of the planned type. Send the planned type, or correct the tracking plan. The source shop refuses such events.',
    );
    expect(counted).toEqual(['shop | Order Completed | PROPERTY_TYPE | refused']);
  });

  it('an event that names a browser’s user links both although it is refused: who it is was known before', () => {
    runner.publish('v1', playbookOf(plan, sourceOf({ onNonconforming: 'refuse' })));
    collect({ anonymousId: 'b1', properties: '{"total":1}' });
    collect({ anonymousId: 'b1', userId: 'ada' });
    collect({ anonymousId: 'b1', properties: '{"total":2}', messageId: 'after' });
    expect(refused().map(({ personId }) => personId)).toEqual(['user:ada']);
    const identified = runner.records('events.identified').flatMap(({ value }) => value.event ?? []);
    expect(identified.find(({ event }) => event.messageId === 'after')?.personId).toBe('user:ada');
  });

  it('what waited for an old state was let in when it came: a stricter plan marks it and takes nothing back', () => {
    runner.publish('v1', playbookOf(plan, sourceOf({})));
    collect({ anonymousId: 'b1', userId: 'ada', properties: '{"total":1}' });
    collect({ anonymousId: 'b1', userId: 'ada' });
    expect(events()).toHaveLength(0);
    runner.publish('v2', playbookOf(plan, sourceOf({ onNonconforming: 'refuse' })));
    const moved = enriched().flatMap((record) => record.moved ?? []);
    const merge = moved[0]?.merge ?? null;
    runner.append('events.identified', 'user:ada', identifiedRecord({ merge }));
    expect(events().map(({ faults }) => faults.length)).toEqual([0, 1]);
    expect(refused()).toEqual([]);
  });
});
