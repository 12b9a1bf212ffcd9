import type { EnrichedRecord, IdentifiedRecord, MessageDecided } from '@kairos/contracts';
import type { ProfileState } from '@kairos/decisions';
import type { Witnessed } from '../house/witness.ts';
import { Violation } from '../violation.ts';
import type { Expected, History } from './history.ts';
import type { States } from './restored-state.ts';

type ExpectedEvents = ReadonlyMap<string, Expected>;

/** An event that took effect somewhere. */
interface Effect {
  readonly messageId: string;
  readonly personId: string;
}

/** Every event of the clients took effect once, at its person, in the order of its source; nothing else did. */
export function checkEvents(expected: ExpectedEvents, effects: readonly Effect[], where: string): void {
  const counts = new Map<string, number>();
  const last = new Map<string, number>();
  for (const { messageId, personId } of effects) {
    const event = expected.get(messageId);
    if (event === undefined) throw new Violation('phantom', `${where}: ${messageId} was never sent`);
    const count = (counts.get(messageId) ?? 0) + 1;
    counts.set(messageId, count);
    if (count > 1) throw new Violation('doubled', `${where}: ${messageId} took effect ${count} times`);
    if (personId !== event.personId) {
      throw new Violation('person', `${where}: ${messageId} is at ${personId}, not at ${event.personId}`);
    }
    const source = `${personId} ${event.sourceKey}`;
    if (event.number < (last.get(source) ?? -1)) {
      throw new Violation('order', `${where}: ${messageId} came after a later one of ${event.sourceKey}`);
    }
    last.set(source, event.number);
  }
  for (const messageId of expected.keys()) {
    if (!counts.has(messageId)) throw new Violation('lost', `${where}: ${messageId} took no effect`);
  }
}

/** What the logs say, repeats dropped as every reader has to. */
export function checkLogs(history: History, expected: ExpectedEvents): void {
  const identified = history.effective<IdentifiedRecord>('events.identified').flat();
  checkEvents(
    expected,
    identified.flatMap(({ value: { event } }) =>
      event === null ? [] : [{ messageId: event.event.messageId, personId: event.personId }],
    ),
    'events.identified',
  );
  const enriched = history.effective<EnrichedRecord>('events.enriched').flat();
  checkEvents(
    expected,
    enriched.flatMap(({ value: { event } }) =>
      event === null ? [] : [{ messageId: event.messageId, personId: event.personId }],
    ),
    'events.enriched',
  );
}

/** What the restored states remember. */
export function checkStates(states: States, expected: ExpectedEvents): void {
  for (const stage of ['enrich', 'detect'] as const) {
    const effects: Effect[] = [];
    for (const [personId, state] of states.get(stage) ?? []) {
      const { seen } = state as Witnessed<unknown>;
      for (const name of seen) {
        if (name.startsWith('event:')) effects.push({ messageId: name.slice('event:'.length), personId });
      }
      checkOnce(seen, `${stage}, ${personId}`);
    }
    checkEvents(expected, effects, `state of ${stage}`);
  }
  checkCounts(states, expected);
}

/** What we decided and did is told once, to the person whom it names. */
export function checkFeedback(states: States, history: History): void {
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
        if (personId !== expected) {
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

/** The profile itself counts what was counted. */
function checkCounts(states: States, expected: ExpectedEvents): void {
  const counts = new Map<string, number>();
  for (const { personId } of expected.values()) counts.set(personId, (counts.get(personId) ?? 0) + 1);
  for (const [personId, state] of states.get('enrich') ?? []) {
    const profile = (state as Witnessed<ProfileState>).inner;
    const count = profile?.eventCount ?? 0;
    if (count !== (counts.get(personId) ?? 0)) {
      throw new Violation('counts', `the profile of ${personId} counts ${count}, not ${counts.get(personId) ?? 0}`);
    }
  }
}
