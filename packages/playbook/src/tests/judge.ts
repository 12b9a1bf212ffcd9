import type { EnrichedRecord, MessageDecided, TriggerDetected } from '@kairos/contracts';
import { formatDuration } from '@kairos/decisions';
import { type Expected, timeOf } from './test-schema.ts';

/** How much later than expected something may be: ticks, the collection window, a trigger’s grace. */
export const TOLERANCE_MS = 30_000;

/** Something that happened in the house, in the words of an expectation. */
export interface Fact {
  readonly kind: 'trigger' | 'journey' | 'message' | 'segment';
  readonly id: string;
  readonly personId: string;
  /** `fired`, `notStarted`, a fate, of a journey `started`, `stepTaken`, `exited`, of a segment `enters`, `leaves`. */
  readonly outcome: string;
  readonly code: string | null;
  readonly channel: string | null;
  readonly atMs: number;
  /** What a chosen message says, as it is read; null where it says nothing. */
  readonly text: string | null;
}

export const triggerFact = (one: TriggerDetected): Fact => ({
  kind: 'trigger',
  id: one.triggerId,
  personId: one.personId,
  outcome: one.outcome,
  code: one.code,
  channel: null,
  atMs: one.dueAtMs ?? one.detectedAtMs,
  text: null,
});

/** What a journey did; null for a trigger. */
export const journeyFact = (one: TriggerDetected): Fact | null =>
  one.journey === null
    ? null
    : {
        kind: 'journey',
        id: one.journey.journeyId,
        personId: one.personId,
        outcome: one.outcome.slice('journey'.length).replace(/^./, (letter) => letter.toLowerCase()),
        code: one.code,
        channel: null,
        atMs: one.detectedAtMs,
        text: null,
      };

export const messageFact = (one: MessageDecided, text: string | null): Fact => ({
  kind: 'message',
  id: one.messageId,
  personId: one.personId,
  outcome: one.fate,
  code: one.code,
  channel: one.channel,
  atMs: one.decidedAtMs,
  text: one.fate === 'chosen' ? text : null,
});

/** Who entered or left a segment. */
export function segmentFacts({ event, merged }: EnrichedRecord): readonly Fact[] {
  const told = event ?? merged;
  if (told === null) return [];
  const atMs = 'loggedAtMs' in told ? told.loggedAtMs : told.linkedAtMs;
  const fact = (id: string, outcome: string): Fact => ({
    kind: 'segment',
    id,
    personId: told.personId,
    outcome,
    code: null,
    channel: null,
    atMs,
    text: null,
  });
  return [
    ...told.segmentsEntered.map((id) => fact(id, 'enters')),
    ...told.segmentsLeft.map((id) => fact(id, 'leaves')),
  ];
}

export interface Judging {
  readonly expected: readonly Expected[];
  readonly facts: readonly Fact[];
  readonly startMs: number;
  /** Person ids by the names of the test; a name may have several (before and after signing in). */
  readonly personIds: (who: string) => readonly string[];
}

/** What differs: expectations that nothing fulfils, and firings and sends that nobody expected. Empty = the test holds. */
export function judge({ expected, facts, startMs, personIds }: Judging): string[] {
  const free = new Set(facts);
  const failures: string[] = [];
  for (const one of expected) {
    const matching = [...free].filter((fact) => fulfils(fact, one, { startMs, personIds }));
    const found = matching.find((fact) => wrongWords(fact, one) === null) ?? matching[0];
    if (found === undefined) {
      failures.push(`expected ${sayExpected(one)}; it did not happen`);
      continue;
    }
    free.delete(found);
    const wrong = wrongWords(found, one);
    if (wrong !== null) failures.push(`expected ${sayExpected(one)} ${wrong}; it says: ${found.text ?? 'nothing'}`);
  }
  for (const fact of free) {
    if (fact.outcome === 'fired' || fact.outcome === 'chosen') failures.push(`not expected: ${sayFact(fact, startMs)}`);
  }
  return failures;
}

/** What is wrong with the words of a message; null where they are as expected. */
function wrongWords({ text }: Fact, expected: Expected): string | null {
  if (!('message' in expected)) return null;
  const missing = (expected.says ?? []).find((words) => text?.includes(words) !== true);
  if (missing !== undefined) return `and to say “${missing}”`;
  const unwanted = (expected.saysNot ?? []).find((words) => text?.includes(words) === true);
  return unwanted === undefined ? null : `and not to say “${unwanted}”`;
}

type Fulfilling = Pick<Judging, 'startMs' | 'personIds'>;

function fulfils(fact: Fact, expected: Expected, { startMs, personIds }: Fulfilling): boolean {
  const isSame = isMeant(fact, expected);
  if (!isSame) return false;
  if (expected.code !== undefined && fact.code !== expected.code) return false;
  if ('message' in expected && expected.channel !== undefined && fact.channel !== expected.channel) return false;
  if (expected.who !== undefined && !personIds(expected.who).includes(fact.personId)) return false;
  if (expected.at === undefined) return true;
  const lateMs = fact.atMs - timeOf(expected.at, startMs);
  return lateMs >= 0 && lateMs <= TOLERANCE_MS;
}

function isMeant(fact: Fact, expected: Expected): boolean {
  if ('trigger' in expected) {
    const outcome = expected.code === undefined ? 'fired' : 'notStarted';
    return fact.kind === 'trigger' && fact.id === expected.trigger && fact.outcome === outcome;
  }
  if ('journey' in expected) {
    return fact.kind === 'journey' && fact.id === expected.journey && fact.outcome === expected.outcome;
  }
  if ('segment' in expected) {
    return fact.kind === 'segment' && fact.id === expected.segment && fact.outcome === expected.change;
  }
  return fact.kind === 'message' && fact.id === expected.message && fact.outcome === expected.fate;
}

function sayExpected(one: Expected): string {
  const what =
    'trigger' in one
      ? `trigger “${one.trigger}” ${one.code === undefined ? 'to fire' : `not to start (${one.code})`}`
      : 'journey' in one
        ? `journey “${one.journey}” ${one.outcome}${one.code === undefined ? '' : ` (${one.code})`}`
        : 'segment' in one
          ? `the person ${one.change} the segment “${one.segment}”`
          : `message “${one.message}” to be ${one.fate}${one.code === undefined ? '' : ` (${one.code})`}${one.channel === undefined ? '' : ` by ${one.channel}`}`;
  return `${what}${one.at === undefined ? '' : ` at ${one.at}`}${one.who === undefined ? '' : ` for ${one.who}`}`;
}

/** A fact in words, its time counted from the start of the test. */
export function sayFact(fact: Fact, startMs: number): string {
  const after = Math.max(0, fact.atMs - startMs);
  const when = `at ${after < 1_000 ? 'the start' : formatDuration(Math.round(after / 1_000) * 1_000)}`;
  const code = fact.code === null ? '' : ` (${fact.code})`;
  const how = fact.channel === null ? '' : ` by ${fact.channel}`;
  const outcome = fact.outcome === 'notStarted' ? 'did not start' : fact.outcome;
  return `${when} ${fact.kind} “${fact.id}” ${outcome}${code}${how} for ${fact.personId}`;
}
