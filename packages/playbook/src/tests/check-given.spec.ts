import { describe, expect, it } from '@jest/globals';
import { formatIssue } from '../lint-issue.ts';
import { runPlaybookTests } from './run-playbook-tests.ts';

const plan = `kind: TrackingPlan
id: shop
events:
  Order Completed:
    description: Paid
    properties: { order_id: { type: string, required: true }, total: number, currency: { type: string, values: [EUR, GBP] }, "address.city": string, "products[].sku": string }
  Cart Viewed: { description: Looked at, properties: { cart_id: string }, otherProperties: flag }
---
{ kind: Source, id: free, type: server, unplanned: allow }
`;

const issuesOf = async (given: string, playbook = plan): Promise<readonly string[]> => {
  const text = `- name: fine\n  person: { userId: ann }\n  given: [{ at: 0s, event: Identified }]\n  expectNothing: true\n- name: x\n  person: { userId: ann }\n  given:\n    - ${given}\n  expectNothing: true\n`;
  const files = [
    { path: 'p/plan.yaml', text: playbook },
    { path: 'p/t.test.yaml', text },
  ];
  const house = () => {
    throw new Error('a test with a fault was run');
  };
  const report = await runPlaybookTests(files, house, { only: () => false });
  return report.issues.map(formatIssue);
};

describe('the events of a test', () => {
  it.each([
    [
      '{ at: 0s, event: Ordr Completed }',
      'p/t.test.yaml:8:24 error given.0.event: no tracking plan names the event “Ordr Completed” (Ordr Completed) — did you mean “Order Completed”? (or add it to the tracking plan)',
    ],
    [
      '{ at: 0s, event: Order Completed, properties: { total: "12" } }',
      'p/t.test.yaml:8:62 error given.0.properties.total: “total” of “Order Completed” is planned as number (12) — it is a string; write what is sent, or correct the tracking plan',
    ],
    [
      '{ at: 0s, event: Order Completed, properties: { currency: GPB } }',
      'p/t.test.yaml:8:65 error given.0.properties.currency: “currency” of “Order Completed” must be one of EUR, GBP (GPB) — did you mean “GBP”?',
    ],
    [
      '{ at: 0s, event: Order Completed, properties: { address: Bonn } }',
      'p/t.test.yaml:8:64 error given.0.properties.address: “address” of “Order Completed” is planned as object (Bonn) — it is a string; write what is sent, or correct the tracking plan',
    ],
    [
      '{ at: 0s, event: Order Completed, properties: { products: [{ sku: a }, { sku: 7 }] } }',
      'p/t.test.yaml:8:85 error given.0.properties.products.1.sku: “products[].sku” of “Order Completed” is planned as string (7) — it is a number; write what is sent, or correct the tracking plan',
    ],
    [
      '{ at: 0s, event: Cart Viewed, properties: { cart: c1 } }',
      'p/t.test.yaml:8:57 error given.0.properties.cart: the tracking plan knows no property “cart” of “Cart Viewed” (c1) — did you mean “cart_id”?',
    ],
  ])('%s is an error with place, value and what was probably meant', async (given, issue) => {
    expect(await issuesOf(given)).toEqual([issue]);
  });

  it.each([
    // What is left out is left out on purpose.
    '{ at: 0s, event: Order Completed, properties: { total: 12, more: 1 } }',
    '{ at: 0s, event: Page Viewed }',
    '{ at: 0s, event: Email Link Clicked }',
    '{ at: 0s, event: Whatever, source: free }',
    '{ at: 0s, event: Ordr Completed, nonconforming: true }',
  ])('%s is none', async (given) => {
    expect(await issuesOf(given)).toEqual([]);
  });

  it('are asked for nothing where nothing is planned, or the plan is a draft', async () => {
    const draft = plan.replace('id: shop', 'id: shop\nstatus: draft');
    expect(await issuesOf('{ at: 0s, event: Whatever }', draft)).toEqual([]);
    expect(await issuesOf('{ at: 0s, event: Whatever }', '{ kind: Source, id: web, type: browser }')).toEqual([]);
  });

  it('fault: nothing is run', async () => {
    const files = [
      { path: 'p/plan.yaml', text: plan },
      {
        path: 'p/t.test.yaml',
        text: 'name: x\nperson: { userId: a }\ngiven: [{ at: 0s, event: Ordr }]\nexpectNothing: true',
      },
    ];
    const report = await runPlaybookTests(files, () => Promise.reject(new Error('was run')));
    expect(report.results).toEqual([]);
    expect(report.issues).toHaveLength(1);
  });
});
