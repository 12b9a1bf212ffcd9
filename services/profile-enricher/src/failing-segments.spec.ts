import { describe, expect, it } from '@jest/globals';
import { type CustomerEvent, identifiedRecord } from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook, type Definition, type FailedDefinition } from '@kairos/decisions';
import { type AnyProcessor, createMemoryRunner } from '@kairos/stream-kit';
import { createEnrichProcessor } from './core.ts';

const T0 = Date.UTC(2026, 5, 3, 10);
const codec = {
  encode: (state: unknown): Uint8Array => Buffer.from(JSON.stringify(state)),
  decode: (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString('utf8')),
};

const segment = (id: string, where: string): Definition => ({
  kind: 'Segment',
  version: '1',
  description: '',
  owner: '',
  status: 'live',
  id,
  where,
});

const customerEvent = (messageId: string, traits: object): CustomerEvent => ({
  messageId,
  type: 'identify',
  name: 'Identified',
  anonymousId: null,
  userId: 'ada',
  email: null,
  phone: null,
  occurredAtMs: T0,
  receivedAtMs: T0,
  originalTimestampMs: null,
  sentAtMs: null,
  properties: '{}',
  traits: JSON.stringify(traits),
  context: '{}',
  source: 'shop',
  sourceKind: 'server',
  backfill: false,
  candidateId: null,
  flags: [],
  rehomed: false,
});

interface Story {
  readonly segments: readonly Definition[];
  /** Of one event each. */
  readonly traits: readonly object[];
  /** Breaks what was compiled. */
  readonly spoil?: (playbook: CompiledPlaybook) => void;
}

/** The real stage in memory: in which segments the person is after each event, and what is counted. */
function told({ segments, traits, spoil }: Story) {
  const counted: string[] = [];
  const counts = {
    nonconforming: () => undefined,
    failed: ({ kind, id, code }: FailedDefinition) => {
      counted.push(`${kind} ${id} ${code}`);
    },
  };
  const runner = createMemoryRunner<CompiledPlaybook>({
    startMs: T0,
    processors: [
      ({ declaredSources }) =>
        createEnrichProcessor({ codec, declaredSources, counts }) as AnyProcessor<CompiledPlaybook>,
    ],
  });
  const playbook = compilePlaybook({ version: 'v1', offset: 0, timeScale: 1, definitions: segments });
  expect(playbook.faults).toEqual([]);
  spoil?.(playbook);
  runner.publish('v1', playbook);
  const personId = 'user:ada';
  for (const [at, one] of traits.entries()) {
    const event = customerEvent(`m${at}`, one);
    const identified = { personId, loggedAtMs: runner.nowMs, linkedFrom: null, sentBy: null, event };
    runner.append('events.identified', personId, identifiedRecord({ event: identified }));
  }
  const events = runner.records('events.enriched').flatMap(({ value }) => value.event ?? []);
  const profiles = runner.records('profiles.changed').map(({ value }) => value);
  return { events, profiles, counted, members: events.map((one) => one.segments) };
}

const good = [segment('a-good', 'profile.traits.plan == "pro"'), segment('good', '"a-good" in segments')];
// As long as a trait may be.
const list = (of: number) => Array.from({ length: 500 }, () => of);

describe('a segment that fails', () => {
  it.each([
    ['TYPE', 'profile.traits.gift && true'],
    ['NOT_BOOLEAN', 'profile.traits.gift'],
  ])('with %s has no members, is counted by its id, and its neighbours on both sides are asked', (code, where) => {
    const segments = [...good, segment('bad', where)];
    const { members, counted, profiles } = told({ segments, traits: [{ plan: 'pro', gift: 'yes' }] });
    expect(members).toEqual([['a-good', 'good']]);
    expect(profiles.map((one) => one.segments)).toEqual([['a-good', 'good']]);
    expect(counted).toEqual([`Segment bad ${code}`]);
  });

  it('is left by who was in it, and entered again when it can be asked', () => {
    const segments = [...good, segment('bad', 'profile.traits.gift && true')];
    const { events, members, counted } = told({ segments, traits: [{ gift: true }, { gift: 'yes' }, { gift: true }] });
    expect(events.length).toBe(3);
    expect(members).toEqual([['bad'], [], ['bad']]);
    expect(events.map((one) => one.segmentsLeft)).toEqual([[], ['bad'], []]);
    expect(counted).toEqual(['Segment bad TYPE']);
  });

  it('takes no more steps than it may, whatever the profile holds', () => {
    const costly = 'profile.traits.a.exists(x, profile.traits.b.exists(y, x == y))';
    const segments = [...good, segment('bad', costly)];
    const { members, counted } = told({ segments, traits: [{ plan: 'pro', a: list(1), b: list(2) }] });
    expect(members).toEqual([['a-good', 'good']]);
    expect(counted).toEqual(['Segment bad OVER_BUDGET']);
  });

  it('does not bury the event when it throws', () => {
    const { members, counted } = told({
      segments: [...good, segment('bad', 'true')],
      traits: [{ plan: 'pro' }],
      spoil: (playbook) => {
        const bad = playbook.segments.find(({ definition }) => definition.id === 'bad');
        Object.assign(bad ?? {}, {
          condition: {
            evaluate: () => {
              throw new TypeError('secret@example.com');
            },
          },
        });
      },
    });
    expect(members).toEqual([['a-good', 'good']]);
    expect(counted).toEqual(['Segment bad THROWN']);
  });

  it('counts nothing where nothing fails, be it unknown or not true', () => {
    const { members, counted } = told({ segments: good, traits: [{}, { plan: 'free' }] });
    expect(members).toEqual([[], []]);
    expect(counted).toEqual([]);
  });
});
