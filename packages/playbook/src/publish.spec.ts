import { describe, expect, it } from '@jest/globals';
import { referenceOf } from '@kairos/contracts';
import type { Definition } from '@kairos/decisions';
import { parsePlaybook } from './parse-playbook.ts';
import { fromRecords, toPublished, toRecords } from './publish.ts';
import { scaleDurations } from './scale.ts';

const text = `kind: Trigger
id: t
status: live
purpose: marketing
when: { did: A, butNot: B, within: 1h, clock: restartsOnRepeat, atLatestAfter: 24h, grace: 15s }
reentry: 7d
goal: { event: B, within: 3d }
expiresAfter: 6h
send: m
---
{ kind: Trigger, id: i, status: live, purpose: marketing, when: { inactiveFor: 30d }, send: m }
---
{ kind: Message, id: m, purpose: marketing, channels: { email: { subject: S, body: B } } }
---
{ kind: Message, id: unfinished, status: draft, purpose: marketing, channels: { email: { subject: S, body: B } } }
---
{ kind: ContactRule, id: cap, scope: {}, limit: 2, window: { rolling: 7d } }
---
{ kind: ContactRule, id: pause, scope: {}, cooldown: 16h }
---
{ kind: ContactRule, id: block, scope: {}, after: C, blocks: { for: 14d } }
---
kind: Company
name: Shop
zone: Europe/London
liveHorizon: 24h
collectFor: { marketing: 5s }
quietHours: [{ from: 21:00, to: 08:00 }]
`;
const { definitions } = parsePlaybook([{ path: 'a.yaml', text }]);
const find = (all: readonly Definition[], id: string) => all.find((one) => one.id === id);
const options = { timeScale: 1, publishedAtMs: 5, publishedBy: 'test' };

describe('a time scale', () => {
  const scaled = scaleDurations(definitions, 60);
  it('divides every duration', () => {
    expect(find(scaled, 't')).toMatchObject({
      when: { withinMs: 60_000, atLatestAfterMs: 1_440_000, graceMs: 250 },
      reentry: { afterMs: 10_080_000 },
      goal: { withinMs: 4_320_000 },
      expiresAfterMs: 360_000,
    });
    expect(find(scaled, 'i')).toMatchObject({ when: { forMs: 43_200_000 } });
    expect(find(scaled, 'cap')).toMatchObject({ rollingMs: 10_080_000 });
    expect(find(scaled, 'pause')).toMatchObject({ cooldownMs: 960_000 });
    expect(find(scaled, 'block')).toMatchObject({ forMs: 20_160_000 });
  });
  it('leaves clocks, the collection window and the live horizon real, and what it did not change unmarked', () => {
    expect(find(scaled, 'company')).toBe(find(definitions, 'company'));
    expect(find(scaled, 'm')).toBe(find(definitions, 'm'));
    expect(find(scaled, 't')?.version).toBe(`${find(definitions, 't')?.version}-x60`);
  });
  it('of 1 changes nothing, of 0 is refused, and never makes a window of nothing', () => {
    expect(scaleDurations(definitions, 1)).toBe(definitions);
    expect(() => scaleDurations(definitions, 0)).toThrow(/timeScale 0/);
    expect(find(scaleDurations(definitions, 1e12), 'cap')).toMatchObject({ rollingMs: 1 });
  });
});

describe('publishing', () => {
  it('writes every definition that is no draft, then one activation that names them', () => {
    const records = toRecords(definitions, options);
    expect(records.map(({ value }) => value.activation === null)).toEqual([
      true,
      true,
      true,
      true,
      true,
      true,
      true,
      false,
    ]);
    const activation = records.at(-1)?.value.activation;
    expect(activation).toMatchObject({ timeScale: 1, publishedAtMs: 5, publishedBy: 'test' });
    expect(activation?.definitions).toEqual(
      records
        .slice(0, -1)
        .map(({ key }) => key)
        .sort(),
    );
    expect(records.some(({ key }) => key.includes('unfinished'))).toBe(false);
    expect(new Set(records.map(({ key }) => key)).size).toBe(records.length);
  });

  it('reads back what it wrote, at any activation', () => {
    const first = toRecords(definitions.slice(0, 3), options);
    const second = toRecords(definitions, { ...options, timeScale: 60 });
    const log = [...first, ...second].map(({ value }, offset) => ({ offset, value }));
    expect(fromRecords([])).toBeNull();
    expect(fromRecords(log.slice(0, 2))).toBeNull();
    const sorted = (all: readonly Definition[]) => [...all].sort((a, b) => (a.id < b.id ? -1 : 1));
    const now = fromRecords(log);
    expect(now).toMatchObject({ offset: log.length - 1, timeScale: 60, version: expect.stringMatching(/-x60$/) });
    expect(sorted(now?.definitions ?? [])).toEqual(
      sorted(toPublished(definitions, { offset: 0, timeScale: 60 }).definitions),
    );
    const then = fromRecords(log, first.length - 1);
    expect(then?.definitions).toHaveLength(3);
    expect(then?.earlier).toEqual([]);
    // Nobody is on a journey of these.
    expect(now?.earlier).toEqual([]);
    expect(fromRecords(log, 1)).toBeNull();
  });

  it('keeps a version of a journey and of its trigger while somebody may be on it, and lets it go then', () => {
    const days = 86_400_000;
    const journey = (hours: number) =>
      parsePlaybook([
        {
          path: 'b.yaml',
          text: `{ kind: Journey, id: j, status: live, startsWith: t, steps: [{ wait: ${hours}h }, { send: m }] }`,
        },
      ]).definitions;
    const [first, second] = [journey(1), journey(2)];
    const without = definitions.filter(({ id }) => id !== 't');
    const at = (all: readonly Definition[], day: number) => toRecords(all, { ...options, publishedAtMs: day * days });
    const log = [
      ...at([...definitions, ...first], 1),
      ...at([...definitions, ...second], 2),
      ...at(without, 40),
      ...at(without, 71),
    ].map(({ value }, offset) => ({ offset, value }));
    const earlier = log.flatMap(({ offset, value }) =>
      value.activation === null ? [] : [fromRecords(log, offset)?.earlier?.map(referenceOf).sort()],
    );
    const [one, two, trigger] = [...first, ...second, ...definitions.filter(({ id }) => id === 't')].map(referenceOf);
    expect(earlier).toEqual([[], [one], [trigger, two].sort(), []]);
  });

  it('finds a definition that stands behind the activation only: compaction keeps the last copy of what was published again', () => {
    const first = toRecords(definitions.slice(0, 3), options);
    const second = toRecords(definitions, options);
    const log = [...first, ...second].map(({ key, value }, offset) => ({ key, offset, value }));
    const lasts = new Map(log.map((record) => [record.key, record.offset]));
    const compacted = log.filter(({ key, offset }) => lasts.get(key) === offset);
    const at = first.length - 1;
    const then = fromRecords(compacted, lasts.get(log[at]?.key ?? '') ?? -1);
    expect(then?.definitions.map(referenceOf).sort()).toEqual(
      fromRecords(log, at)?.definitions.map(referenceOf).sort(),
    );
    expect(then?.earlier).toEqual([]);
  });

  it('says what is missing when the topic lost a definition', () => {
    const log = toRecords(definitions, options).map(({ value }, offset) => ({ offset, value }));
    expect(() => fromRecords(log.slice(1))).toThrow(/names Trigger\/t@.* not on the topic; publish again/);
  });

  it('gives the same version to the same content, whatever the order', () => {
    const of = (all: readonly Definition[]) => toPublished(all, { offset: 0, timeScale: 1 }).version;
    expect(of(definitions)).toBe(of([...definitions].reverse()));
    expect(of(definitions)).not.toBe(of(definitions.slice(1)));
  });
});
