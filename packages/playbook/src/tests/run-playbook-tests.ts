import type { CollectedEvent } from '@kairos/contracts';
import { type Definition, hashId, type SourceDefinition } from '@kairos/decisions';
import type { LintIssue } from '../lint-issue.ts';
import { isDefinitionFile, parsePlaybook } from '../parse-playbook.ts';
import { toPublished } from '../publish.ts';
import type { PlaybookFile } from '../yaml-source.ts';
import { checkGiven } from './check-given.ts';
import { type Fact, journeyFact, judge, messageFact, sayFact, segmentFacts, triggerFact } from './judge.ts';
import { type ReadTest, readTests } from './read-tests.ts';
import { type SaidText, saidText } from './said-text.ts';
import type { OpenTestHouse, TestHouse } from './test-house.ts';
import { callTypes, type GivenEvent, type PlaybookTest, type TestPerson, timeOf } from './test-schema.ts';

export interface TestResult {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  /** Sentences; empty = the test holds. */
  readonly failures: readonly string[];
  /** All that happened to the triggers under test, in order, for whoever looks for the reason. */
  readonly facts: readonly string[];
}

export interface TestReport {
  readonly results: readonly TestResult[];
  /** Faults of the playbook or of the tests; with errors nothing is run. */
  readonly issues: readonly LintIssue[];
}

/**
 * Runs every `*.test.yaml` against the whole playbook in real stages with virtual time, one fresh house per test. A test
 * looks at the triggers and messages of the file beside it (cart-left.yaml for cart-left.test.yaml), drafts of that file
 * included, so that a rule can be tried before it goes live.
 */
export async function runPlaybookTests(
  files: readonly PlaybookFile[],
  openHouse: OpenTestHouse,
  { only = () => true }: { readonly only?: (test: { file: string; name: string }) => boolean } = {},
): Promise<TestReport> {
  const playbook = parsePlaybook(files);
  const read = readTests(files);
  const issues = [...playbook.issues, ...read.issues, ...checkGiven(read.tests, playbook.definitions)];
  if (issues.some(({ severity }) => severity === 'error')) return { results: [], issues };
  const results: TestResult[] = [];
  for (const one of read.tests) {
    if (!only({ file: one.file, name: one.test.name })) continue;
    results.push(await runOne(one, { files, definitions: playbook.definitions, openHouse }));
  }
  return { results, issues };
}

interface Setting {
  readonly files: readonly PlaybookFile[];
  readonly definitions: readonly Definition[];
  readonly openHouse: OpenTestHouse;
}

async function runOne({ file, line, test }: ReadTest, { files, definitions, openHouse }: Setting): Promise<TestResult> {
  const folder = file.replace(/[^/]*$/, '');
  const others = test.also.map((name) => `${folder}${name}`);
  const missing = others.find((name) => !files.some(({ path }) => isDefinitionFile(path) && stemOf(path) === name));
  const beside = [file, ...others.map((name) => `${name}.test.yaml`)].flatMap((one) => definitionsBeside(one, files));
  const isUnderTest = (kind: string, id: string) =>
    beside.some((one) => (one.kind === kind && one.id === id) || (kind === 'Segment' && isGroupOf(one, id)));
  const live = definitions.map((one) =>
    one.status === 'draft' && isUnderTest(one.kind, one.id) ? { ...one, status: 'live' as const } : one,
  );
  const startMs = new Date(test.startsAt).getTime();
  const base = { file, line, name: test.name };
  try {
    if (missing !== undefined) throw new Error(`there is no file “${missing}.yaml” to look at, too`);
    const house = await openHouse({
      published: toPublished(live, { offset: 0, timeScale: 1 }),
      startMs: startMs - INTRODUCTION_MS,
    });
    await play(house, { test, startMs, sources: live.filter((one) => one.kind === 'Source'), seed: `${file}:${line}` });
    const said = new Map(house.chosen().map((one) => [one.candidateId, saidText(one, live)]));
    const facts = factsOf(house, said).filter(({ kind, id }) => isUnderTest(kinds[kind], id));
    const faults = house.chosen().flatMap(({ candidateId, messageId }) => {
      const fault = said.get(candidateId)?.fault ?? null;
      return fault === null ? [] : [`message “${messageId}” was chosen and cannot be made: ${fault}`];
    });
    const failures = [
      ...faults,
      ...judge({ expected: test.expect, facts, startMs, personIds: (who) => idsOf(personOf(test, who)) }),
    ];
    return { ...base, failures, facts: facts.map((fact) => sayFact(fact, startMs)) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...base, failures: [`the test could not be run: ${message}`], facts: [] };
  }
}

/** What the file beside the test defines; everything that is no draft, where that is no trigger, journey or message. */
function definitionsBeside(testFile: string, files: readonly PlaybookFile[]): readonly Definition[] {
  const name = testFile.replace(/\.test\.(ya?ml|json)$/, '');
  const beside = files.filter(({ path }) => isDefinitionFile(path) && stemOf(path) === name);
  const bodies = files.filter(({ path }) => path.endsWith('.html'));
  const found = parsePlaybook([...beside, ...bodies]).definitions;
  const isTelling = found.some(
    ({ kind }) =>
      kind === 'Trigger' || kind === 'Journey' || kind === 'Message' || kind === 'Segment' || kind === 'Model',
  );
  return isTelling ? found : parsePlaybook(files).definitions.filter(({ status }) => status !== 'draft');
}

const stemOf = (path: string): string => path.replace(/\.(ya?ml|json)$/, '');

/** Kinds of definitions by what happened to them. */
const kinds = { trigger: 'Trigger', journey: 'Journey', message: 'Message', segment: 'Segment' } as const;

const isGroupOf = (one: Definition, id: string): boolean =>
  one.kind === 'Model' && one.groups.some((group) => group.id === id);

/** Persons are introduced this long before the test starts. */
const INTRODUCTION_MS = 60_000;
const WATCH_MS = 6 * 3_600_000;

interface Play {
  readonly test: PlaybookTest;
  readonly startMs: number;
  readonly sources: readonly SourceDefinition[];
  readonly seed: string;
}

async function play(house: TestHouse, { test, startMs, sources, seed }: Play): Promise<void> {
  const kindOf = (source: string) => sources.find((one) => one.id === source)?.sourceKind ?? 'server';
  const persons = test.person === undefined ? Object.values(test.persons ?? {}) : [test.person];
  const introductions = persons
    .filter((person) => Object.keys(person.traits).length > 0)
    .map((person) => ({ atMs: startMs - INTRODUCTION_MS, person, given: introductionOf(person) }));
  const happenings = test.given.flatMap((given) => {
    return Array.from({ length: given.times }, (_, number) => ({
      atMs: timeOf(given.at, startMs) + number * (given.every ?? 0),
      person: personOf(test, given.who),
      given,
    }));
  });
  const all = [...introductions, ...happenings.sort((a, b) => a.atMs - b.atMs)];
  for (const [number, { atMs, person, given }] of all.entries()) {
    await house.advanceTo(atMs);
    const source = given.source ?? person.source;
    const id = hashId('test', seed, String(number));
    const candidateId = given.about === undefined ? null : candidateOf(house, given.about, person);
    await house.append(
      eventOf(given, { atMs, person, source, sourceKind: kindOf(source), messageId: id, candidateId }),
    );
  }
  const lastMs = all.at(-1)?.atMs ?? startMs;
  await house.advanceTo(test.until === undefined ? lastMs + WATCH_MS : timeOf(test.until, startMs));
}

/** The message of this name that was chosen last for the person. */
function candidateOf(house: TestHouse, message: string, person: TestPerson): string {
  const chosen = house.chosen().findLast((one) => one.messageId === message && idsOf(person).includes(one.personId));
  if (chosen === undefined) throw new Error(`no message “${message}” was chosen before, so nothing can be about it`);
  return chosen.candidateId;
}

const introductionOf = (person: TestPerson): GivenEvent => ({
  at: '0s',
  times: 1,
  event: 'Identified',
  properties: {},
  traits: person.traits,
  context: {},
  backfill: false,
});

function personOf(test: PlaybookTest, who: string | undefined): TestPerson {
  if (test.person !== undefined) return test.person;
  const persons = test.persons ?? {};
  const found = who === undefined ? Object.values(persons)[0] : persons[who];
  if (found === undefined) throw new Error(`there is no person “${who}” in persons`);
  return found;
}

const idsOf = ({ userId, anonymousId }: TestPerson): readonly string[] => [
  ...(userId === undefined ? [] : [`user:${userId}`]),
  ...(anonymousId === undefined ? [] : [`anon:${anonymousId}`]),
];

interface Happening {
  readonly atMs: number;
  readonly person: TestPerson;
  readonly source: string;
  readonly sourceKind: string;
  readonly messageId: string;
  readonly candidateId: string | null;
}

function eventOf(
  given: GivenEvent,
  { atMs, person, source, sourceKind, messageId, candidateId }: Happening,
): CollectedEvent {
  return {
    origin: null,
    messageId,
    type: callTypes[given.event] ?? 'track',
    name: given.event,
    anonymousId: given.anonymousId ?? person.anonymousId ?? null,
    userId: given.userId ?? person.userId ?? null,
    email: null,
    phone: null,
    occurredAtMs: atMs,
    receivedAtMs: atMs,
    originalTimestampMs: atMs,
    sentAtMs: atMs,
    properties: JSON.stringify(given.properties),
    traits: JSON.stringify(given.traits),
    context: JSON.stringify(given.context),
    source,
    sourceKind,
    backfill: given.backfill,
    candidateId,
    flags: [],
    rehomed: false,
    link: null,
  };
}

const factsOf = (house: TestHouse, said: ReadonlyMap<string, SaidText>): Fact[] =>
  [
    ...house.detected().map((one) => journeyFact(one) ?? triggerFact(one)),
    ...house.enriched().flatMap(segmentFacts),
    ...house.decided().map((one) => messageFact(one, said.get(one.candidateId)?.text ?? null)),
  ].sort((a, b) => a.atMs - b.atMs);
