import type { EnrichedRecord, IdentifiedRecord, MessageDecided } from '@kairos/contracts';
import { PROFILE_SET, type ProfileState } from '@kairos/decisions';
import type { Witnessed } from '../house/witness.ts';
import { Violation } from '../violation.ts';
import type { Expected, History } from './history.ts';
import type { States } from './restored-state.ts';

/** What enrich keeps of persons who move, as far as it is looked at here. */
interface MovedPerson {
  readonly movedTo: string;
}

interface AwaitingPerson {
  readonly waits: readonly string[];
  readonly early: readonly string[];
  readonly held: readonly unknown[];
}

/** An event that took effect somewhere. */
interface Effect {
  readonly messageId: string;
  readonly personId: string;
}

/** What the clients did, and who is who in the end. */
export interface Truth {
  readonly expected: ReadonlyMap<string, Expected>;
  readonly finalPerson: (personId: string) => string;
}

/**
 * Every event of the clients took effect once, at its person, in the order of its source; nothing else did. `isAt` says
 * whether the place fits the person that identify knew.
 */
function checkEvents(
  { expected, finalPerson }: Truth,
  effects: readonly Effect[],
  about: { readonly where: string; readonly isFinal: boolean },
): void {
  const { where, isFinal } = about;
  const counts = new Map<string, number>();
  const last = new Map<string, number>();
  for (const { messageId, personId } of effects) {
    const event = expected.get(messageId);
    if (event === undefined) throw new Violation('phantom', `${where}: ${messageId} was never sent`);
    const count = (counts.get(messageId) ?? 0) + 1;
    counts.set(messageId, count);
    if (count > 1) throw new Violation('doubled', `${where}: ${messageId} took effect ${count} times`);
    const isThere = isFinal ? finalPerson(personId) === finalPerson(event.personId) : personId === event.personId;
    if (!isThere) throw new Violation('person', `${where}: ${messageId} is at ${personId}, not at ${event.personId}`);
    // Who logs in as somebody else leaves that one's earlier events behind: they come by way of the first.
    const isOrdered = !personId.startsWith('user:') || (event.firstLink() ?? personId) === personId;
    const source = `${personId} ${event.sourceKey}`;
    if (isOrdered && event.number < (last.get(source) ?? -1)) {
      throw new Violation('order', `${where}: ${messageId} came after a later one of ${event.sourceKey}`);
    }
    last.set(source, event.number);
  }
  for (const messageId of expected.keys()) {
    if (!counts.has(messageId)) throw new Violation('lost', `${where}: ${messageId} took no effect`);
  }
}

/** What the logs say, repeats dropped as every reader has to. */
export function checkLogs(history: History, truth: Truth): void {
  const identified = history.effective<IdentifiedRecord>('events.identified').flat();
  checkEvents(
    truth,
    identified.flatMap(({ value: { event, origin } }) =>
      event === null || origin?.topic !== 'events.collected'
        ? []
        : [{ messageId: event.event.messageId, personId: event.personId }],
    ),
    { where: 'events.identified', isFinal: false },
  );
  const enriched = history.effective<EnrichedRecord>('events.enriched').flat();
  checkEvents(
    truth,
    enriched.flatMap(({ value: { event } }) =>
      // What a journey sets comes from no client; the oracle of journeys asks for it.
      event === null || event.name === PROFILE_SET ? [] : [{ messageId: event.messageId, personId: event.personId }],
    ),
    { where: 'events.enriched', isFinal: true },
  );
}

/** Feedback goes to the person whom its record names; what leaves an old person leaves by the detector. */
export function checkDoor(history: History): void {
  for (const { value, partition, offset } of history.effective<IdentifiedRecord>('events.identified').flat()) {
    const { origin, feedback, forwarded, merge } = value;
    if (origin === null) continue;
    const where = `events.identified/${partition}@${offset}`;
    if (origin.topic !== 'events.enriched' && (forwarded !== null || merge !== null)) {
      throw new Violation('door', `${where} came from ${origin.topic}`);
    }
    if (feedback === null || !origin.topic.startsWith('messages.')) continue;
    const { personId } = history.at<{ personId: string }>(origin);
    if (personId !== feedback.personId) {
      throw new Violation('person', `${where}: feedback of ${personId} goes to ${feedback.personId}`);
    }
  }
}

/** The story of an old person comes before what its source says under the new name. */
export function checkStoriesFirst(history: History, { expected }: Truth): void {
  for (const log of history.effective<EnrichedRecord>('events.enriched')) {
    const merged = new Map<string, number>();
    for (const { value, offset } of log) {
      if (value.merged !== null) merged.set(`${value.merged.fromPersonId} ${value.merged.personId}`, offset);
    }
    for (const { value, offset } of log) {
      if (value.event === null) continue;
      const about = expected.get(value.event.messageId);
      if (about === undefined || value.event.personId !== about.firstLink()) continue;
      if (offset < (merged.get(`${about.ownId} ${value.event.personId}`) ?? 0)) {
        throw new Violation('order', `${value.event.messageId} came before the story of ${about.ownId}`);
      }
    }
  }
}

/** What the restored states remember. */
export function checkStates(states: States, truth: Truth): void {
  for (const stage of ['enrich', 'detect'] as const) {
    const effects: Effect[] = [];
    for (const [personId, state] of states.get(stage) ?? []) {
      const { seen } = state as Witnessed<unknown>;
      for (const name of seen) {
        if (name.startsWith('event:')) effects.push({ messageId: name.slice('event:'.length), personId });
      }
      checkOnce(seen, `${stage}, ${personId}`);
    }
    checkEvents(truth, effects, { where: `state of ${stage}`, isFinal: true });
  }
  checkCounts(states, truth);
  for (const [personId, state] of states.get('detect') ?? []) {
    const { waits } = ((state as Witnessed<unknown>).inner ?? {}) as { waits?: number };
    if (waits !== undefined) throw new Violation('held for ever', `the detector: ${personId} waits for ${waits}`);
  }
}

/** What we decided and did is told once, to the person whom it names. */
export function checkFeedback(states: States, history: History, { finalPerson }: Truth): void {
  const persons = new Map<string, string>();
  for (const { value } of history.effective<MessageDecided>('messages.decided').flat()) {
    persons.set(value.candidateId, value.personId);
  }
  for (const stage of ['enrich', 'detect'] as const) {
    const told: string[] = [];
    for (const [personId, state] of states.get(stage) ?? []) {
      for (const name of (state as Witnessed<unknown>).seen) {
        const [kind, candidateId = ''] = name.split(':');
        if (kind !== 'decided' && kind !== 'reported') continue;
        told.push(name);
        const expected = persons.get(candidateId);
        if (expected === undefined || finalPerson(personId) !== finalPerson(expected)) {
          throw new Violation('person', `${stage}: ${name} is at ${personId}, not at ${expected}`);
        }
      }
    }
    checkOnce(told, `feedback in ${stage}`);
  }
}

/** Feedback, decisions and firings have ids: each takes effect once. */
function checkOnce(seen: readonly string[], where: string): void {
  const names = new Set<string>();
  for (const name of seen) {
    if (names.has(name)) throw new Violation('doubled', `${where}: ${name} took effect twice`);
    names.add(name);
  }
}

/** The profile itself counts what was counted, whoever it came from; an old person keeps nothing but the pointer. */
function checkCounts(states: States, { expected, finalPerson }: Truth): void {
  const counts = new Map<string, number>();
  for (const { personId } of expected.values()) {
    const person = finalPerson(personId);
    counts.set(person, (counts.get(person) ?? 0) + 1);
  }
  for (const [personId, state] of states.get('enrich') ?? []) {
    const inner = (state as Witnessed<ProfileState | AwaitingPerson | MovedPerson>).inner;
    if (inner === undefined) continue;
    if ('movedTo' in inner) {
      if (finalPerson(personId) === personId) throw new Violation('person', `${personId} has moved and nobody knows`);
      continue;
    }
    if ('waits' in inner) {
      const { waits, early, held } = inner;
      const what = `waits for ${waits.join()}, early ${early.join()}, holds ${held.length}`;
      throw new Violation('held for ever', `${personId} ${what}`);
    }
    const count = counts.get(personId) ?? 0;
    if (inner.eventCount !== count) {
      throw new Violation('counts', `the profile of ${personId} counts ${inner.eventCount}, not ${count}`);
    }
  }
}
