import { describe, expect, it } from '@jest/globals';
import type { ChosenMessage, CollectedEvent, MessageDecided, TriggerDetected } from '@kairos/contracts';
import { runPlaybookTests } from './run-playbook-tests.ts';
import type { OpenTestHouse } from './test-house.ts';

const rule = `kind: Trigger
id: t
status: draft
purpose: marketing
when: { did: A }
send: m
---
{ kind: Message, id: m, purpose: marketing, channels: { email: { subject: S, body: B } } }
---
{ kind: Source, id: web, type: browser }
`;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 18, 10);

/** Follows a script instead of rules: fires `t` one hour after each A, chooses `m` a second later, and tells what it was given. */
function scripted(log: string[]): OpenTestHouse {
  return ({ published, startMs }) => {
    let nowMs = startMs;
    const due: { atMs: number; personId: string }[] = [];
    const detected: TriggerDetected[] = [];
    const decided: MessageDecided[] = [];
    log.push(`open ${published.definitions.map(({ id, status }) => `${id}:${status}`).join(' ')}`);
    return {
      append(event: CollectedEvent) {
        log.push(
          `${(nowMs - START) / 1_000}s ${event.type} ${event.name} ${event.userId ?? event.anonymousId} ${event.source}/${event.sourceKind} ${event.traits}`,
        );
        if (event.name === 'A') due.push({ atMs: nowMs + HOUR, personId: `user:${event.userId}` });
      },
      advanceTo(timeMs) {
        nowMs = timeMs;
        while ((due[0]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
          const { atMs = 0, personId = '' } = due.shift() ?? {};
          detected.push({
            triggerId: 't',
            personId,
            outcome: 'fired',
            code: null,
            dueAtMs: atMs,
            detectedAtMs: atMs,
            journey: null,
          } as TriggerDetected);
          decided.push({
            messageId: 'm',
            personId,
            fate: 'chosen',
            code: null,
            channel: 'email',
            candidateId: 'c',
            decidedAtMs: atMs + 1_000,
          } as MessageDecided);
          decided.push({
            messageId: 'other',
            personId,
            fate: 'chosen',
            code: null,
            channel: null,
            decidedAtMs: atMs,
          } as MessageDecided);
        }
      },
      enriched: () => [],
      detected: () => detected,
      decided: () => decided,
      chosen: () => [],
    };
  };
}

const run = async (tests: string, log: string[] = []) =>
  await runPlaybookTests(
    [
      { path: 'p/t.yaml', text: rule },
      { path: 'p/t.test.yaml', text: tests },
    ],
    scripted(log),
  );
const failuresOf = async (tests: string) => (await run(tests)).results.flatMap(({ failures }) => failures);

const ann = 'person: { userId: ann, traits: { email: ann@example.com }, source: web }';
const given = 'given: [{ at: 10m, event: A }]';

describe('a test beside a rule', () => {
  it('introduces the person, plays the events in order of time, and tries drafts of its own file', async () => {
    const log: string[] = [];
    const report = await run(
      `name: x\n${ann}\ngiven: [{ at: 20m, event: Page Viewed }, { at: 10m, event: A }]\nexpect: [{ trigger: t, at: 1h10m }, { message: m, fate: chosen, at: 1h10m }]\n`,
      log,
    );
    expect(report).toMatchObject({
      issues: [],
      results: [{ file: 'p/t.test.yaml', line: 1, name: 'x', failures: [] }],
    });
    expect(log).toEqual([
      'open t:live m:live web:live',
      '-60s identify Identified ann web/browser {"email":"ann@example.com"}',
      '600s track A ann web/browser {}',
      '1200s page Page Viewed ann web/browser {}',
    ]);
  });

  it('fails for what did not happen, and for what nobody expected', async () => {
    expect(await failuresOf(`name: x\n${ann}\n${given}\nexpect: [{ trigger: t, at: 2h }]`)).toEqual([
      'expected trigger “t” to fire at 2h; it did not happen',
      'not expected: at 1 hour 10 minutes trigger “t” fired for user:ann',
      'not expected: at 1 hour 10 minutes 1 second message “m” chosen by email for user:ann',
    ]);
    expect(await failuresOf(`name: x\n${ann}\n${given}\nexpectNothing: true`)).toHaveLength(2);
    expect(await failuresOf(`name: x\n${ann}\ngiven: [{ at: 0s, event: B }]\nexpectNothing: true`)).toEqual([]);
  });

  it.each([
    ['{ trigger: t }, { message: m, fate: chosen, channel: email }', 0],
    ['{ trigger: t }, { message: m, fate: chosen, channel: onsite }', 2],
    ['{ trigger: t }, { message: m, fate: dropped }', 2],
    ['{ trigger: t, code: REENTRY_WAIT }, { message: m, fate: chosen }', 2],
    ['{ trigger: t }, { trigger: t }, { message: m, fate: chosen }', 1],
    ['{ trigger: t, at: 1h9m }, { message: m, fate: chosen }', 2],
    ['{ trigger: t, at: "2026-11-18T11:10:00Z" }, { message: m, fate: chosen }', 0],
  ])('judges %s', async (expected, failures) => {
    expect(await failuresOf(`name: x\n${ann}\n${given}\nexpect: [${expected}]`)).toHaveLength(failures);
  });

  it('says so when an event is about a message that nobody got', async () => {
    const about = 'given: [{ at: 0s, event: Email Link Clicked, about: m }]';
    expect(await failuresOf(`name: x\n${ann}\n${about}\nexpectNothing: true`)).toEqual([
      'the test could not be run: no message “m” was chosen before, so nothing can be about it',
    ]);
  });

  it('tells persons apart', async () => {
    const persons = 'persons: { ann: { userId: ann }, ben: { userId: ben } }\ngiven: [{ at: 0s, who: ben, event: A }]';
    expect(
      await failuresOf(
        `name: x\n${persons}\nexpect: [{ trigger: t, who: ben }, { message: m, fate: chosen, who: ben }]`,
      ),
    ).toEqual([]);
    expect(
      await failuresOf(`name: x\n${persons}\nexpect: [{ trigger: t, who: ann }, { message: m, fate: chosen }]`),
    ).toHaveLength(2);
    expect(await failuresOf(`name: x\n${persons.replace('who: ben', 'who: bert')}\nexpectNothing: true`)).toEqual([
      'the test could not be run: there is no person “bert” in persons',
    ]);
  });

  it('reads what goes out: the words that must be there, and those that must not', async () => {
    const chosen = [
      {
        candidateId: 'c',
        messageId: 'm',
        channel: 'email',
        personId: 'user:ann',
        profile: '{"firstName":"Ann & Bo"}',
        evidence: '{}',
        zone: 'Europe/London',
        chosenAtMs: START,
      } as ChosenMessage,
    ];
    const judged = async (body: string, words: string) => {
      const text = rule.replace('body: B', `body: ${JSON.stringify(body)}`);
      const expected = `expect: [{ trigger: t }, { message: m, fate: chosen, ${words} }]`;
      const files = [
        { path: 'p/t.yaml', text },
        { path: 'p/t.test.yaml', text: `name: x\n${ann}\n${given}\n${expected}` },
      ];
      const house: OpenTestHouse = async (options) => ({ ...(await scripted([])(options)), chosen: () => chosen });
      const report = await runPlaybookTests(files, house);
      return report.results.flatMap(({ failures }) => failures);
    };
    const body = '<style>p { color: red }</style><p>Dear {{ profile.firstName }},</p><p>  come\nback</p>';
    expect(await judged(body, 'says: [S, "Dear Ann & Bo, come back"], saysNot: color')).toEqual([]);
    expect(await judged(body, 'says: Dear Ben')).toEqual([
      'expected message “m” to be chosen and to say “Dear Ben”; it says: S Dear Ann & Bo, come back',
    ]);
    expect(await judged(body, 'saysNot: back')).toHaveLength(1);
    expect((await judged('{% for i in (1..900000) %}xxxxxxxxxx{% endfor %}', 'says: S'))[0]).toMatch(
      /^message “m” was chosen and cannot be made/,
    );
  });

  it('looks at further files where a test says so, and names one that is not there', async () => {
    const files = (also: string) => [
      { path: 'p/t.yaml', text: rule },
      { path: 'p/u.yaml', text: '{ kind: Company, name: Shop, zone: Europe/London }' },
      { path: 'p/u.test.yaml', text: `name: x\nalso: [${also}]\n${ann}\n${given}\nexpectNothing: true` },
    ];
    const failures = async (also: string) =>
      (await runPlaybookTests(files(also), scripted([]))).results.flatMap((result) => result.failures);
    expect(await failures('t')).toHaveLength(2);
    expect(await failures('v')).toEqual(['the test could not be run: there is no file “p/v.yaml” to look at, too']);
  });

  it('runs nothing while the playbook or a test has a fault, and names the place', async () => {
    const report = await run(
      `- name: fine\n  ${ann}\n  ${given}\n  expectNothing: true\n- name: x\n  ${ann}\n  given: [{ at: soon, evnt: A }]\n  expectNothing: true\n`,
    );
    expect(report.results).toEqual([]);
    expect(report.issues).toEqual([
      expect.objectContaining({
        line: 7,
        path: 'given.0.at',
        message: expect.stringContaining('time after the start'),
      }),
      expect.objectContaining({ line: 7, path: 'given.0.event', message: 'is missing' }),
      expect.objectContaining({ line: 7, path: 'given.0.evnt', remedy: 'did you mean “event”?' }),
    ]);
    expect((await run(`name: x\n${ann}\n${given}`)).issues[0]?.message).toMatch(/expect something/);
  });

  it('runs only the tests that are asked for', async () => {
    const files = [
      { path: 'p/t.yaml', text: rule },
      {
        path: 'p/t.test.yaml',
        text: `- name: a\n  ${ann}\n  ${given}\n  expectNothing: true\n- name: b\n  ${ann}\n  ${given}\n  expectNothing: true\n`,
      },
    ];
    const report = await runPlaybookTests(files, scripted([]), { only: ({ name }) => name === 'b' });
    expect(report.results.map(({ name }) => name)).toEqual(['b']);
  });
});
