import { expect, it } from '@jest/globals';
import type { TopicName, TriggerDetected } from '@kairos/contracts';
import { type DetectState, PersonTrace, type TraceEntry, TriggerStates } from '@kairos/decisions';
import { createWalkTopics, followPerson, type MemoryRecord, memoryKafka, memorySerde } from '@kairos/stream-kit';
import fc from 'fast-check';
import { cartRules } from '../identity/rules.fixture.ts';
import { browser, cart, houseNow, later, mail, open, PARTITIONS, send } from '../identity/whole-house.fixture.ts';

const serde = memorySerde();

interface Op {
  readonly kind: 'cart' | 'order' | 'login' | 'mail' | 'later' | 'much later';
  readonly who: number;
  readonly pick: number;
}

const ops: fc.Arbitrary<readonly Op[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('cart', 'cart', 'order', 'login', 'mail', 'later', 'much later' as const),
    who: fc.nat({ max: 2 }),
    pick: fc.nat({ max: 1 }),
  }),
  { minLength: 4, maxLength: 14 },
);

const doing: Readonly<Record<Op['kind'], (op: Op) => unknown>> = {
  cart: ({ who, pick }) => send('Product Added', browser(`a${who}`), cart(`c${pick}`)),
  order: ({ who }) => send('Order Completed', browser(`a${who}`)),
  login: ({ who, pick }) => send('Signed In', browser(`a${who}`, `u${pick}`)),
  mail: ({ who, pick }) => send('Identified', browser(`a${who}`), mail(`m${pick}@shop.test`)),
  later: () => later(20_000),
  'much later': () => later(90_000),
};

/** The recorded log of the persons, put on a broker in memory as it stood. */
async function logOf(recorded: readonly MemoryRecord<object>[]) {
  const kafka = memoryKafka();
  await createWalkTopics(kafka, { partitions: PARTITIONS });
  const producer = await kafka.producer();
  for (const { topic, key, partition, value } of recorded) {
    const encoded = serde.encode(topic as TopicName, value as never);
    await producer.send([{ topic, key, partition, value: encoded }]);
  }
  return kafka;
}

const ofDetector = ({ triggerId, instanceKey, outcome, code }: TriggerDetected): string =>
  `${triggerId} ${instanceKey} ${outcome} ${code}`;

const ofTrace = ({ looks }: TraceEntry): readonly string[] =>
  looks.flatMap(({ triggerId, outcomes }) =>
    outcomes
      .filter(({ outcome }) => outcome === 'fired' || outcome === 'notStarted')
      .map(({ key, outcome, code }) => `${triggerId} ${key} ${outcome} ${code}`),
  );

it('what is derived from a person’s log is what the detector said, whoever turns out to be whom', async () => {
  let compared = 0;
  let merges = 0;
  await fc.assert(
    fc.asyncProperty(ops, async (list) => {
      const playbook = cartRules();
      open(playbook);
      for (const one of list) doing[one.kind](one);
      later(200_000);
      const house = houseNow();
      const kafka = await logOf(house.records('events.enriched'));
      const persons = new Set(house.records('events.enriched').map(({ key }) => key));
      for (const personId of persons) {
        if (!personId.includes(':')) continue;
        const told: string[] = [];
        const trace = new PersonTrace(personId, (entry) => {
          told.push(...ofTrace(entry));
          if (entry.kind === 'merged') merges += 1;
        });
        const reader = await followPerson({
          kafka,
          serde,
          playbooks: { at: () => playbook, readTo: async () => {} },
          personId,
          follow: false,
          onRecord: trace.onRecord,
          onTime: trace.onTime,
          onPlaybook: trace.onPlaybook,
        });
        await reader.done;
        const said = house.records('triggers.detected').filter(({ value }) => value.personId === personId);
        expect(told).toEqual(said.map(({ value }) => ofDetector(value)));
        compared += told.length;
        const state = house.state('detect', personId) as DetectState | undefined;
        const known = TriggerStates.of(state?.triggers);
        const waits = known.ids().flatMap((id) => known.get(id)?.open ?? []);
        expect(trace.now.pending).toHaveLength(waits.length);
      }
    }),
    { numRuns: 150 },
  );
  expect(compared).toBeGreaterThan(50);
  expect(merges).toBeGreaterThan(20);
});
