import { describe as chapter, expect, it } from '@jest/globals';
import { compilePlaybook } from '@kairos/decisions';
import { describe } from './describe.ts';
import { formatIssue } from './lint-issue.ts';
import { parsePlaybook } from './parse-playbook.ts';
import { toPublished } from './publish.ts';

const kmeans = `kind: Model
id: shoppers
method: kmeans
where: profile.orderCount > 0
features:
  - { name: recency, daysSince: profile.lastOrderAtMs, whenMissing: 365, log: true, mean: 3.5, sd: 1.2 }
  - { name: orders, value: profile.orderCount, log: true, mean: 1.3, sd: 0.7 }
groups:
  - { id: loyal, description: come back often, centre: [-1, 1] }
  - { id: lost, centre: [1, -1] }
trained: { at: '2026-11-30T00:00:00Z', persons: 4372, seed: 7, quality: 0.36 }
`;
const tree = `kind: Model
id: returning
method: tree
features:
  - { name: views, value: 'profile.counters["Product Viewed"]' }
  - { name: orders, value: profile.orderCount }
groups: [{ id: comes-back }, { id: stays-away }]
tree:
  feature: orders
  below: 1.5
  ifBelow: { feature: views, below: 3, ifBelow: { group: stays-away }, otherwise: { group: comes-back } }
  otherwise: { group: comes-back }
`;
const issuesOf = (...texts: string[]) =>
  parsePlaybook(texts.map((text, at) => ({ path: `${at}.yaml`, text }))).issues.map(formatIssue);
const broken = (from: string, to: string, text = kmeans) => {
  if (!text.includes(from)) throw new Error(`there is no ${from}`);
  return issuesOf(text.replace(from, to))[0];
};

chapter('a model', () => {
  it('of either method is read, compiles and has a sentence', () => {
    const { definitions, issues } = parsePlaybook([
      { path: 'a.yaml', text: kmeans },
      { path: 'b.yaml', text: tree },
    ]);
    expect(issues).toEqual([]);
    expect(compilePlaybook(toPublished(definitions, { offset: 0, timeScale: 1 })).faults).toEqual([]);
    expect(definitions.map((one) => describe(one))).toEqual([
      'Every person for whom order count is more than 0 is in that one of the segments “loyal” (come back often) or “lost” whose centre is nearest by days since last order and order count, as of the person’s last event.',
      'Every person is in that one of the segments “comes-back” or “stays-away” at the end of 2 questions about the number of “Product Viewed” and order count, as of the person’s last event.',
    ]);
  });

  it('has groups that triggers and conditions name like any segment', () => {
    const trigger = (segment: string) => `kind: Trigger
id: goes
status: live
purpose: marketing
when: { enters: ${segment} }
audience: '"loyal" in segments'
`;
    expect(issuesOf(kmeans, trigger('lost'))).toEqual([]);
    expect(issuesOf(kmeans, trigger('losst'))).toEqual([
      expect.stringMatching(/when\.enters: there is no segment “losst” \(losst\) — did you mean “lost”\?/),
    ]);
  });

  it('that does not fit the profile is refused with field and remedy', () => {
    expect(broken('profile.orderCount,', 'profile.orderCounts,')).toBe(
      '0.yaml:7:28 error features.1.value: the profile has no field “orderCounts” (profile.orderCounts) — did you mean “orderCount”?',
    );
    expect(broken('daysSince: profile.lastOrderAtMs', 'daysSince: profile.email')).toMatch(
      /error features\.0\.daysSince: profile\.email holds no number \(profile\.email\) — known are traits, group, age, isNew, isReturning, firstSeenAtMs/,
    );
    expect(broken('value: profile.orderCount', 'value: orderCount')).toMatch(
      /error features\.1\.value: must be a path such as profile\.orderCount .*— correct the value/,
    );
    expect(broken('where: profile.orderCount', 'where: profile.orderCuont')).toMatch(
      /error where: .*orderCuont.*did you mean “orderCount”\?/,
    );
  });

  it('that does not fit itself is refused with field and remedy', () => {
    expect(broken('[1, -1]', '[1]')).toMatch(
      /error groups\.1\.centre: has 1 numbers, and there are 2 features \(\[1\]\) — give one number per feature/,
    );
    expect(broken('[1, -1]', '[1, .nan]')).toMatch(/error groups\.1\.centre\.1: must be a finite number/);
    expect(broken('sd: 0.7', 'sd: 0')).toMatch(/error features\.1\.sd: must be above 0 \(0\) — give its standard dev/);
    expect(broken('mean: 1.3', 'mean: .inf')).toMatch(/error features\.1\.mean: must be a finite number/);
    expect(broken(', centre: [1, -1]', '')).toMatch(/error groups\.1: has no centre, and method: kmeans needs one/);
    expect(broken('name: orders', 'name: recency')).toMatch(/error features\.1\.name: stands here twice/);
    expect(broken('method: kmeans', 'method: k-means')).toMatch(/error method: must be one of .*did you mean “kmeans”/);
    expect(broken('below: 1.5', 'below: 1.5\n  above: 2', tree)).toMatch(/error tree.*above/);
    expect(broken('feature: orders', 'feature: order', tree)).toMatch(
      /error tree\.feature: there is no feature “order” \(order\) — did you mean “orders”\?/,
    );
    expect(broken('otherwise: { group: comes-back }\n', 'otherwise: { group: comes-bak }\n', tree)).toMatch(
      /error tree\.otherwise\.group: there is no group “comes-bak” \(comes-bak\) — did you mean “comes-back”\?/,
    );
    expect(broken('{ id: stays-away }', '{ id: stays-away }, { id: nowhere }', tree)).toMatch(
      /error groups\.2\.id: is at no end of the tree/,
    );
  });

  it('whose groups are other segments already is refused', () => {
    const rule = 'kind: Segment\nid: lost\nwhere: profile.orderCount == 0\n';
    expect(issuesOf(kmeans, rule)).toEqual([
      '0.yaml:10:11 error groups.1.id: “lost” is a segment by rule already (lost) — give one of them another id',
    ]);
    expect(issuesOf(kmeans, kmeans.replace('id: shoppers', 'id: other'))).toContainEqual(
      expect.stringMatching(/“loyal” is a group of the model “other” already/),
    );
  });

  it('that asks for what would go stale or is not known yet says so', () => {
    expect(broken('where: profile.orderCount > 0', 'where: profile.lastSeenAtMs < now')).toMatch(
      /warning where: asks for now.*daysSince/,
    );
    expect(broken('where: profile.orderCount > 0', `where: '"x" in segments'`)).toMatch(/error where: .*segments/);
  });
});
