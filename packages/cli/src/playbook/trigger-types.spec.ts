import { expect, it } from '@jest/globals';
import { runPlaybookTests } from '@kairos/playbook';
import { openTestHouse } from './test-house.ts';

const house = `
{ kind: Source, id: server, type: server }
---
{ kind: Segment, id: at-risk, where: profile.traits.mood == "low" }
---
{ kind: Segment, id: friends, where: profile.traits.friend == true }
`;

/** One trigger of each type as a marketer writes it, and a story through the real stages that shows when it fires, and when not. */
const recipes: Readonly<Record<string, { readonly rule: string; readonly stories: string }>> = {
  // Three looks at one product in a day: worth a word. Looks at another product do not count with them.
  'looked-three-times': {
    rule: 'when: { did: Product Viewed, atLeast: 3, within: 24h }\noncePer: properties.product_id\ncancelOn: Order Completed',
    stories: `
- name: three of one, and two of another
  person: { userId: ann }
  given:
    - { at: 0s, every: 1h, times: 3, event: Product Viewed, properties: { product_id: lamp } }
    - { at: 10m, every: 1h, times: 2, event: Product Viewed, properties: { product_id: rug } }
  expect:
    - { at: 2h, trigger: looked-three-times }
- name: bought in between
  person: { userId: ann }
  given:
    - { at: 0s, every: 1h, times: 2, event: Product Viewed, properties: { product_id: lamp } }
    - { at: 90m, event: Order Completed, properties: { total: 10 } }
    - { at: 2h, event: Product Viewed, properties: { product_id: lamp } }
  expectNothing: true
`,
  },
  // What somebody spends in a month of their own calendar.
  'big-month': {
    rule: 'when: { did: Order Completed, of: sum, value: properties.total, atLeast: 500, per: month }',
    stories: `
- name: across the end of the month in Tokyo, and within it
  startsAt: '2026-11-30T14:00:00Z'
  person: { userId: yuki, traits: { timezone: Asia/Tokyo } }
  given:
    - { at: 0s, event: Order Completed, properties: { total: 400 } }
    - { at: 2h, event: Order Completed, properties: { total: 400 } }
    - { at: 3h, event: Order Completed, properties: { total: 100 } }
  expect:
    - { at: 3h, trigger: big-month }
`,
  },
  // Searched, compared, looked at financing, and not bought on the way.
  'wants-advice': {
    rule: 'when: { did: Product Searched, then: [Products Compared, Financing Viewed], within: 2h, butNot: Order Completed }',
    stories: `
- name: in this order
  person: { userId: ann }
  given:
    - { at: 0s, event: Product Searched }
    - { at: 10m, event: Financing Viewed }
    - { at: 20m, event: Products Compared }
    - { at: 30m, event: Financing Viewed }
  expect:
    - { at: 30m, trigger: wants-advice }
- name: bought on the way
  person: { userId: ann }
  given:
    - { at: 0s, event: Product Searched }
    - { at: 20m, event: Products Compared }
    - { at: 25m, event: Order Completed, properties: { total: 10 } }
    - { at: 30m, event: Financing Viewed }
  expectNothing: true
`,
  },
  // Five times what this very customer usually pays in.
  'large-deposit': {
    rule: 'when: { did: Money Deposited, value: properties.amount, times: 5 }',
    stories: `
- name: the sixth is large
  person: { userId: ann }
  given:
    - { at: 0s, every: 1h, times: 5, event: Money Deposited, properties: { amount: 100 } }
    - { at: 6h, event: Money Deposited, properties: { amount: 499 } }
    - { at: 7h, event: Money Deposited, properties: { amount: 500 } }
  expect:
    - { at: 7h, trigger: large-deposit }
`,
  },
  // Visits collapse: seen when the week ends, though nothing happens then.
  'hardly-comes': {
    rule: 'when: { did: Page Viewed, perPeriod: 7d, direction: below, times: 3, afterAtLeast: 3 }',
    stories: `
- name: six a week, then one, and then nobody
  person: { userId: ann }
  given:
    - { at: 0s, every: 1d, times: 6, event: Page Viewed }
    - { at: 7d, every: 1d, times: 6, event: Page Viewed }
    - { at: 14d, every: 1d, times: 6, event: Page Viewed }
    - { at: 23d, event: Page Viewed }
  until: 60d
  expect:
    - { at: 28d, trigger: hardly-comes }
    - { at: 35d, trigger: hardly-comes }
- name: nothing at all in a week, told once
  person: { userId: ann }
  given:
    - { at: 0s, every: 1d, times: 20, event: Page Viewed }
  until: 60d
  expect:
    - { at: 28d, trigger: hardly-comes }
- name: a little less than usual
  person: { userId: ann }
  given:
    - { at: 0s, every: 1d, times: 21, event: Page Viewed }
    - { at: 22d, every: 1d, times: 3, event: Page Viewed }
  until: 28d
  expectNothing: true
`,
  },
  // Far more failed logins in a day of the customer's calendar than usual: at the event, not at midnight.
  'logins-fail': {
    rule: 'when: { did: Login Failed, per: day, times: 4, afterAtLeast: 3 }',
    stories: `
- name: the fourth of the day in Tokyo
  startsAt: '2026-11-18T12:00:00Z'
  person: { userId: yuki, traits: { timezone: Asia/Tokyo } }
  given:
    - { at: 0s, every: 1d, times: 3, event: Login Failed }
    - { at: '2026-11-21T14:58:00Z', every: 1m, times: 7, event: Login Failed }
  expect:
    - { at: '2026-11-21T15:03:00Z', trigger: logins-fail }
`,
  },
  // About to leave; not again within a month.
  'becomes-at-risk': {
    rule: 'when: { enters: at-risk }\nreentry: 30d',
    stories: `
- name: goes, comes back, and goes again
  person: { userId: ann }
  given:
    - { at: 0s, event: Survey Answered, traits: { mood: high } }
    - { at: 1h, event: Survey Answered, traits: { mood: low } }
    - { at: 2h, event: Page Viewed }
    - { at: 3h, event: Survey Answered, traits: { mood: high } }
    - { at: 4h, event: Survey Answered, traits: { mood: low } }
  expect:
    - { at: 1h, trigger: becomes-at-risk }
    - { at: 4h, trigger: becomes-at-risk, code: REENTRY_WAIT }
`,
  },
  // From gold to something else.
  downgraded: {
    rule: 'when: { changes: profile.traits.plan, from: profile.traits.plan == "gold" }',
    stories: `
- name: the first plan is no change, nor is the same again
  person: { userId: ann }
  given:
    - { at: 0s, event: Page Viewed }
    - { at: 1h, event: Identified, traits: { plan: gold } }
    - { at: 2h, event: Identified, traits: { plan: gold, city: Leeds } }
    - { at: 3h, event: Identified, traits: { plan: free } }
    - { at: 4h, event: Identified, traits: { plan: silver } }
  expect:
    - { at: 3h, trigger: downgraded }
`,
  },
  // On the morning of the day, where the customer lives.
  birthday: {
    rule: "when: { on: profile.traits.birthday, yearly: true, at: '08:30' }",
    stories: `
- name: in New York
  startsAt: '2026-11-18T12:00:00Z'
  person: { userId: ann, traits: { birthday: '1990-11-20', timezone: America/New_York } }
  given:
    - { at: 0s, event: Page Viewed }
  until: 3d
  expect:
    - { at: '2026-11-20T13:30:00Z', trigger: birthday }
`,
  },
  // Thirty days before a contract ends; another date moves it.
  'contract-ends': {
    rule: 'when: { did: Contract Signed, on: properties.end_date, offset: -30d }\noncePer: properties.contract_id',
    stories: `
- name: the later word counts
  startsAt: '2026-11-18T12:00:00Z'
  person: { userId: ann, traits: { timezone: Europe/London } }
  given:
    - { at: 0s, event: Contract Signed, properties: { contract_id: c1, end_date: '2026-12-20' } }
    - { at: 1h, event: Contract Signed, properties: { contract_id: c1, end_date: '2026-12-22' } }
  until: 9d
  expect:
    - { at: '2026-11-22T09:00:00Z', trigger: contract-ends }
`,
  },
  // Friends first, and nobody who waits for an answer to a complaint.
  careful: {
    rule: 'when: { did: Page Viewed }\npilot: friends\nunless: { did: Complaint Opened, until: Complaint Resolved, atMost: 30d }',
    stories: `
- name: a stranger, a friend, and the friend with a complaint
  persons:
    stranger: { userId: s }
    friend: { userId: f, traits: { friend: true } }
  given:
    - { at: 0s, who: stranger, event: Page Viewed }
    - { at: 1m, who: friend, event: Page Viewed }
    - { at: 2m, who: friend, event: Complaint Opened }
    - { at: 3m, who: friend, event: Page Viewed }
    - { at: 4m, who: friend, event: Complaint Resolved }
    - { at: 5m, who: friend, event: Page Viewed }
  expect:
    - { at: 0s, trigger: careful, code: NOT_IN_AUDIENCE, who: stranger }
    - { at: 1m, trigger: careful, who: friend }
    - { at: 3m, trigger: careful, code: BLOCKED, who: friend }
    - { at: 5m, trigger: careful, who: friend }
`,
  },
};

it.each(Object.entries(recipes))('the real stages tell the stories of %s', async (id, { rule, stories }) => {
  const report = await runPlaybookTests(
    [
      { path: 'house.yaml', text: house },
      { path: `${id}.yaml`, text: `kind: Trigger\nid: ${id}\nstatus: live\npurpose: service\n${rule}\n` },
      { path: `${id}.test.yaml`, text: stories },
    ],
    openTestHouse,
  );
  expect(report.issues).toEqual([]);
  expect(report.results.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${failure}`))).toEqual([]);
  expect(report.results.length).toBeGreaterThan(0);
});
