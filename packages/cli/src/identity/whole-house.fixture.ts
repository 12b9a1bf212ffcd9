import type { CollectedEvent, MessageDecided, TopicName } from '@kairos/contracts';
import { type CompiledPlaybook, cardOf, isMoved, type PersonState, parseObject, profileOf } from '@kairos/decisions';
import { createMemoryRunner, type MemoryRunner } from '@kairos/stream-kit';
import { decidingStages, identifyStages } from '../playbook/stages.ts';
import { cartRules, collected, GRACE_MS, T0, WINDOW_MS } from './rules.fixture.ts';

export const PARTITIONS = 4;
export const DUE_MS = WINDOW_MS + GRACE_MS + 2_000;

let house: MemoryRunner<CompiledPlaybook>;
let refused: string[];
let count = 0;

/** A new house. */
export const open = (playbook: CompiledPlaybook = cartRules()): void => {
  refused = [];
  house = createMemoryRunner({
    partitions: PARTITIONS,
    startMs: T0,
    processors: [...identifyStages(PARTITIONS), ...decidingStages],
    onError: (error) => refused.push(String(error)),
  });
  house.publish('v1', playbook);
};

type Fields = Partial<CollectedEvent>;
export const send = (name: string, ids: Fields, more: Fields = {}): string => {
  count += 1;
  const event = collected({ messageId: `m${count}`, name, ...ids, ...more }, house.nowMs);
  const key = ids.anonymousId ?? ids.userId ?? ids.email ?? ids.phone ?? cardOf(parseObject(event.traits), {});
  house.append('events.collected', key ?? '', event);
  return event.messageId;
};
export const later = (ms: number): void => house.advanceTo(house.nowMs + ms);
export const browser = (anonymousId: string, userId: string | null = null): Fields => ({ anonymousId, userId });
export const cart = (id: string): Fields => ({ properties: JSON.stringify({ cart_id: id }) });
export const card = (cardNumber: string): Fields => ({ traits: JSON.stringify({ cardNumber }) });
export const phone = (number: string): Fields => ({ traits: JSON.stringify({ phone: number }) });
export const mail = (email: string): Fields => ({ traits: JSON.stringify({ email }) });

export const bodies = <T extends TopicName>(topic: T) => house.records(topic).map(({ value }) => value);
export const person = (id: string) => house.state('enrich', id) as PersonState | undefined;
export const movedTo = (id: string): string | null => {
  const state = person(id);
  return isMoved(state) ? state.movedTo : null;
};
export const profile = (id: string) => profileOf(person(id));
export const chosen = (): string[] =>
  bodies('messages.chosen').flatMap(({ message }) => (message === null ? [] : [message.personId]));
export const fired = (): string[] =>
  bodies('triggers.detected').flatMap(({ outcome, personId }) => (outcome === 'fired' ? [personId] : []));
/** What was sent to whom, in the order in which it was chosen. */
export const messages = (): string[] =>
  bodies('messages.chosen')
    .flatMap(({ message }) => message ?? [])
    .sort((a, b) => a.chosenAtMs - b.chosenAtMs)
    .map(({ messageId, personId }) => `${messageId} → ${personId}`);
/** The profile as conditions see it, as it was told last. */
export const view = (personId: string): Readonly<Record<string, unknown>> =>
  JSON.parse(bodies('profiles.changed').findLast((one) => one.personId === personId)?.profile ?? '{}');
/** In the order in which they were made. */
export const decisions = (): MessageDecided[] =>
  bodies('messages.decided')
    .filter(({ handOver }) => handOver === null)
    .sort((a, b) => a.decidedAtMs - b.decidedAtMs || a.number - b.number);

/** The house of the present test. */
export const houseNow = (): MemoryRunner<CompiledPlaybook> => house;
/** What its tasks refused. */
export const refusedNow = (): readonly string[] => refused;
