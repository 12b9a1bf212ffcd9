import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type EnrichedEvent, enrichedRecord, type PlaybookRecord } from '@kairos/contracts';
import { createWalkTopics, type MemoryKafka, memoryKafka, memorySerde, silentLogger } from '@kairos/stream-kit';
import { enrichedEvent } from '@kairos/testing';
import type { WatchedPerson } from '../ports.ts';
import { KafkaWatches } from './kafka-watches.ts';

const T0 = Date.UTC(2026, 5, 3, 10);
const ADA = 'user:ada';
const serde = memorySerde();

const welcome = {
  kind: 'Trigger',
  id: 'welcome',
  version: '1',
  description: '',
  owner: '',
  status: 'live',
  purpose: 'service',
  foundBy: 'rule',
  when: { type: 'event', events: [{ name: 'Order Completed', where: 'profile.orderCount == 1' }] },
  audience: null,
  oncePer: ['person'],
  reentry: { kind: 'never' },
  cancelOn: [],
  goal: null,
  expiresAfterMs: 1,
  holdoutPercent: 0,
  priority: 50,
  audienceRole: 'customer',
  activeFromMs: null,
  activeToMs: null,
  send: null,
};

const order = (personId: string, orderCount: number): EnrichedEvent =>
  enrichedEvent({
    personId,
    messageId: `m${orderCount}`,
    name: 'Order Completed',
    occurredAtMs: T0,
    receivedAtMs: T0,
    loggedAtMs: T0,
    source: 'shop',
    profile: JSON.stringify({ orderCount }),
  });

let kafka: MemoryKafka;
let watches: KafkaWatches;
let nowMs: number;
let opened: string[];

const append = async (event: EnrichedEvent): Promise<void> => {
  const producer = await kafka.producer();
  const value = serde.encode('events.enriched', enrichedRecord({ event }));
  await producer.send([{ topic: 'events.enriched', key: event.personId, value }]);
};

async function live(personId: string): Promise<WatchedPerson> {
  for (;;) {
    const seen = await watches.look(personId);
    if (seen.isLive) return seen;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

beforeEach(async () => {
  [nowMs, opened] = [T0, []];
  kafka = memoryKafka();
  await createWalkTopics(kafka, { partitions: 1 });
  const producer = await kafka.producer();
  const records: readonly PlaybookRecord[] = [
    { definition: { kind: 'Trigger', id: 'welcome', version: '1', body: JSON.stringify(welcome) }, activation: null },
    {
      definition: null,
      activation: {
        version: 'v1',
        definitions: ['Trigger/welcome@1'],
        timeScale: 1,
        publishedAtMs: T0,
        publishedBy: 't',
      },
    },
  ];
  await producer.send(
    records.map((record) => ({
      topic: 'playbook.published',
      key: 'k',
      value: serde.encode('playbook.published', record),
    })),
  );
  const marker = enrichedRecord({ marker: { playbookOffset: 1, version: 'v1' } });
  await producer.send([{ topic: 'events.enriched', key: 'marker', value: serde.encode('events.enriched', marker) }]);
  const counting = {
    ...kafka,
    read: (options: Parameters<typeof kafka.read>[0]) => {
      opened.push(options.topic);
      return kafka.read(options);
    },
  };
  watches = new KafkaWatches({ kafka: counting, serde, log: silentLogger, now: () => nowMs });
});
afterEach(() => watches.close());

describe('watched persons', () => {
  it('are told the exact condition that was not true, latest first, and what comes while somebody looks', async () => {
    await append(order(ADA, 3));
    await append(order('user:bob', 1));
    expect((await live(ADA)).entries).toMatchObject([
      {
        title: 'Order Completed',
        looks: [
          {
            triggerId: 'welcome',
            verdict: 'noMatch',
            says: 'did not match',
            reasons: ['profile.orderCount == 1 is not true: profile.orderCount was 3'],
          },
        ],
      },
      { kind: 'playbook' },
    ]);
    await append(order(ADA, 1));
    for (;;) {
      const { entries } = await watches.look(ADA);
      if (entries.length === 3) {
        expect(entries[0]?.looks).toMatchObject([{ verdict: 'fired' }]);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(opened).toEqual(['playbook.published', 'events.enriched']);
  });

  it('are at most eight at a time: who was not asked for longest gives way and is read anew', async () => {
    for (let person = 0; person < 9; person += 1) {
      nowMs += 1_000;
      await watches.look(`user:${person}`);
    }
    const logs = () => opened.filter((topic) => topic === 'events.enriched').length;
    expect(logs()).toBe(9);
    await watches.look('user:8');
    expect(logs()).toBe(9);
    await watches.look('user:0');
    expect(logs()).toBe(10);
  });
});
