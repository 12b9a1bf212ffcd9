import { describe, expect, it } from '@jest/globals';
import { conditionTreeOf } from '@kairos/decisions';
import fc from 'fast-check';
import { z } from 'zod';
import { describe as sentenceOf } from './describe.ts';
import { formatIssue } from './lint-issue.ts';
import { parsePlaybook } from './parse-playbook.ts';
import { schemas } from './schema/index.ts';

const parse = (text: string) => parsePlaybook([{ path: 'a.yaml', text }]);
const issuesOf = (text: string) => parse(text).issues.map(formatIssue);
const trigger = (more: string) =>
  `kind: Trigger\nid: one\nstatus: live\npurpose: service\nwhen: { did: Order Completed }\n${more}\n`;
const vip = '---\nkind: Segment\nid: vip\nstatus: live\nwhere: { field: profile.orderValue, op: ">", value: 100 }\n';

const asTree = `audience:
  all:
    - { field: profile.orderCount, op: ">", value: 3 }
    - any:
        - { field: profile.traits.plan, op: in, value: [gold, silver] }
        - { field: segments, op: has, value: vip }
    - not: { field: profile.zone, op: missing }
    - size(profile.firstName) > 2`;
const asText =
  'profile.orderCount > 3 && (profile.traits.plan in ["gold", "silver"] || "vip" in segments) && (!(profile.zone == null)) && (size(profile.firstName) > 2)';

describe('a condition as a tree', () => {
  it('is the same definition as its text: version, sentence and all', () => {
    const [tree] = parse(trigger(asTree) + vip).definitions;
    const [text] = parse(trigger(`audience: '${asText}'`) + vip).definitions;
    expect(tree).toEqual(text);
    expect(tree).toMatchObject({ kind: 'Trigger', audience: asText });
    expect(tree && sentenceOf(tree)).toContain('profile.orderCount > 3');
    expect(issuesOf(trigger(asTree) + vip)).toEqual([]);
  });

  it('stands wherever a text may: events, goals, changes, segments, rules, steps of a journey', () => {
    const leaf = (field: string) => `{ field: ${field}, op: exists }`;
    const everywhere = `kind: Trigger
id: one
status: live
purpose: service
when: { did: [{ event: A, where: ${leaf('properties.a')} }], where: ${leaf('properties.b')} }
cancelOn: { event: B, where: ${leaf('properties.c')} }
goal: { event: C, where: ${leaf('properties.d')}, within: 1d }
---
kind: Trigger
id: two
status: live
purpose: service
when: { changes: profile.traits.plan, to: ${leaf('profile.traits.plan')}, from: ${leaf('profile.zone')} }
---
kind: Journey
id: talk
status: live
startsWith: one
exitWhen: [{ did: D, where: ${leaf('evidence.product')} }]
steps:
  - call: hook
  - branch: [{ if: { field: sends.hook, op: "==", value: accepted }, steps: [exit] }]
---
kind: Message
id: hook
purpose: service
channels: { webhook: { url: "https://example.com", body: "{}" } }
---
kind: ContactRule
id: rule
scope: {}
after: { event: E, where: ${leaf('properties.e')} }
blocks: { for: 1d }
`;
    expect(issuesOf(everywhere)).toEqual([]);
    const [one, two, talk] = parse(everywhere).definitions;
    expect(one).toMatchObject({
      when: { events: [{ name: 'A', where: '(properties.a != null) && (properties.b != null)' }] },
      cancelOn: [{ where: 'properties.c != null' }],
      goal: { event: { where: 'properties.d != null' } },
    });
    expect(two).toMatchObject({ when: { to: 'profile.traits.plan != null', from: 'profile.zone != null' } });
    expect(talk).toMatchObject({
      exitWhen: [{ where: 'evidence.product != null' }],
      steps: [{}, { branches: [{ if: 'sends["hook"] == "accepted"' }] }],
    });
  });

  it.each([
    [
      '{ field: profile.orderCout, op: ">", value: 3 }',
      /^a.yaml:6:11 error audience: The profile has no field “orderCout”.*“orderCount”/,
    ],
    [
      '{ all: [{ field: profile.orderCount, op: ">", value: 3 }, { not: { field: segments, op: has, value: vipp } }] }',
      /^a.yaml:6:\d\d error audience\.all\.1\.not: there is no segment “vipp”/,
    ],
    [
      '{ any: [{ field: profile.orderCount, op: ">", value: 3 }, "profile.orderCount >"] }',
      /^a.yaml:6:\d\d error audience\.any\.1: is no expression of its own: Not a valid/,
    ],
    [
      '{ field: profil.orderCount, op: ">", value: 3 }',
      /6:20 error audience\.field: begins with “profil”, which is no variable/,
    ],
    ['{ field: profile.zone, op: is, value: 3 }', /6:38 error audience\.op: must be one of ==, .* \(is\)/],
    ['{ field: profile.zone, op: in, value: a }', /6:49 error audience\.value: must be a list with in \(a\)/],
    ['{ field: profile.zone, op: ">" }', /error audience\.value: is missing/],
    [
      '{ field: profile.zone, op: ">", value: true }',
      /error audience\.value: must be a number or a text with > \(true\)/,
    ],
    ['{ field: profile.zone, op: exists, value: 1 }', /error audience\.value: must be left out with exists/],
    ['{ all: [] }', /6:16 error audience\.all: must have at least one part|must be at least 1/],
    ['{ al: [{ field: profile.zone, op: exists }] }', /6:13 error audience\.al: unknown field “al”.*“all”/],
    ['{ all: [{ feld: profile.zone, op: exists }] }', /error audience\.all\.0\.feld: unknown field “feld”.*“field”/],
  ])('has its faults at their place: %s', (tree, expected) => {
    expect(issuesOf(trigger(`audience: ${tree}`) + vip).join('\n')).toMatch(expected);
  });

  it('names the part of a `where` that stands beside its events', () => {
    const text = trigger('').replace(
      'when: { did: Order Completed }',
      'when:\n  did: Order Completed\n  where:\n    all:\n      - { field: properties.total, op: ">", value: 3 }\n      - { field: profile.orderCout, op: ">", value: 3 }',
    );
    expect(issuesOf(text)).toEqual([
      expect.stringMatching(/^a.yaml:10:9 error when\.where\.all\.1: The profile has no field/),
    ]);
  });

  it('comes from any text of a playbook, and is taken again as the same definition', () => {
    const leaf = fc.constantFrom(
      'profile.orderCount > 3',
      '"vip" in segments',
      'profile.traits.plan in ["a", "b"]',
      'size(profile.firstName) > 2',
      'profile.traits.a == null',
    );
    const { any } = fc.letrec<{ any: string }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.tuple(tie('any'), fc.constantFrom('&&', '||'), tie('any')).map(([a, op, b]) => `(${a}) ${op} (${b})`),
        tie('any').map((one) => `!(${one})`),
      ),
    }));
    fc.assert(
      fc.property(any, (text) => {
        const tree = conditionTreeOf(text);
        const first = parse(trigger(`audience: ${JSON.stringify(tree)}`) + vip);
        expect(first.issues).toEqual([]);
        const [definition] = first.definitions;
        const audience = definition?.kind === 'Trigger' ? (definition.audience ?? '') : '';
        expect(conditionTreeOf(audience)).toEqual(tree);
      }),
      { numRuns: 300 },
    );
  });

  it('is in the schema for editors', () => {
    const schema = JSON.stringify(z.toJSONSchema(schemas.Trigger, { io: 'input', unrepresentable: 'any' }));
    expect(schema).toContain('"ConditionTree"');
    expect(schema).toContain('"notIn"');
  });
});
