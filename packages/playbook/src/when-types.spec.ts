import { describe as chapter, expect, it } from '@jest/globals';
import { compilePlaybook, type TriggerDefinition } from '@kairos/decisions';
import { describe } from './describe.ts';
import { formatIssue } from './lint-issue.ts';
import { parsePlaybook } from './parse-playbook.ts';
import { toPublished } from './publish.ts';

const around = `
kind: Message
id: hello
purpose: marketing
channels: { email: { subject: S, body: B } }
---
kind: Segment
id: at-risk
where: profile.orderCount > 3
`;
const read = (when: string, more = '') => {
  const text = `kind: Trigger\nid: t\nstatus: live\npurpose: marketing\n${when}\n${more}send: hello\n---${around}`;
  const { definitions, issues } = parsePlaybook([{ path: 'a.yaml', text }]);
  const trigger = definitions.find((one): one is TriggerDefinition => one.kind === 'Trigger');
  return { definitions, trigger, issues: issues.map(formatIssue).join('\n') };
};

/** One pattern of each form as a marketer writes it, what it is in normal form, and how it is read aloud. */
const examples: readonly { readonly when: string; readonly normal: object; readonly said: string }[] = [
  {
    // Somebody who looks three times in a day wants to be asked.
    when: 'when: { did: Product Viewed, atLeast: 3, within: 24h }',
    normal: { type: 'count', of: 'count', value: null, atLeast: 3, window: { kind: 'rolling', ms: 86_400_000 } },
    said: 'When a customer does “Product Viewed” 3 times within 1 day',
  },
  {
    when: 'when: { did: Order Completed, of: sum, value: properties.total, atLeast: 500, per: month }',
    normal: {
      type: 'count',
      of: 'sum',
      value: 'properties.total',
      window: { kind: 'calendar', per: 'month', zone: 'person' },
    },
    said: 'When a customer does “Order Completed” and its total comes to 500 or more in all within one month where the customer lives',
  },
  {
    when: 'when: { did: Product Viewed, of: distinct, value: properties.category, atLeast: 4, per: day, zone: company }',
    normal: { type: 'count', of: 'distinct', window: { kind: 'calendar', per: 'day', zone: 'company' } },
    said: 'When a customer does “Product Viewed” with 4 different values of its category within one day where the company is',
  },
  {
    // Searched, compared, looked at financing: time for advice, unless it is bought already.
    when: 'when: { did: Product Searched, then: [Products Compared, { event: Page Viewed, where: properties.path == "/financing" }], within: 2h, butNot: Order Completed }',
    normal: { type: 'sequence', withinMs: 7_200_000, butNot: [{ name: 'Order Completed', where: null }] },
    said: 'When a customer does “Product Searched”, then “Products Compared” and then “Page Viewed” (where path is “/financing”), all within 2 hours, with no “Order Completed” between',
  },
  {
    // Five times what this customer usually pays in: somebody should talk about savings.
    when: 'when: { did: Money Deposited, value: properties.amount, times: 5, spreads: 4 }',
    normal: {
      type: 'unusual',
      value: 'properties.amount',
      per: null,
      times: 5,
      spreads: 4,
      direction: 'above',
      afterAtLeast: 5,
    },
    said: 'When a customer does “Money Deposited” and its amount is at least 5 times and at least 4 spreads above what is usual for this customer (the median of up to 32 earlier values, once 5 are known)',
  },
  {
    // Somebody who came every day hardly comes any more: ask while they still listen.
    when: 'when: { did: Page Viewed, perPeriod: 7d, direction: below, times: 3 }',
    normal: { type: 'unusual', value: null, per: { kind: 'rolling', ms: 604_800_000 }, times: 3, direction: 'below' },
    said: 'When the number of “Page Viewed” by a customer in 7 days, counted from the first one on, is at most 1/3 of what is usual for this customer (the median of up to 32 earlier periods, once 5 are known), told when the period ends',
  },
  {
    when: 'when: { did: Login Failed, per: day, zone: company, spreads: 4, times: 3, afterAtLeast: 10 }',
    normal: { type: 'unusual', value: null, per: { kind: 'calendar', per: 'day', zone: 'company' }, afterAtLeast: 10 },
    said: 'When the number of “Login Failed” by a customer in one day, by the calendar where the company is, is at least 3 times and at least 4 spreads above what is usual for this customer (the median of up to 32 earlier periods, once 10 are known), told at once',
  },
  {
    // About to leave: a word of care, and not every time.
    when: 'when: { enters: at-risk }',
    normal: { type: 'segment', segment: 'at-risk', change: 'enters' },
    said: 'When a customer enters the segment “at-risk”',
  },
  {
    when: 'when: { leaves: at-risk }',
    normal: { type: 'segment', segment: 'at-risk', change: 'leaves' },
    said: 'When a customer leaves the segment “at-risk”',
  },
  {
    // From gold to something less: somebody should ask what was missing.
    when: 'when: { changes: profile.traits.plan, from: profile.traits.plan == "gold", to: profile.traits.plan != "platinum" }',
    normal: { type: 'profileChange', path: 'traits.plan', from: 'profile.traits.plan == "gold"' },
    said: 'When the plan of a customer changes from where plan is “gold” to where plan is not “platinum”',
  },
  {
    // A greeting in the morning, where the customer lives.
    when: "when: { on: profile.traits.birthday, yearly: true, at: '08:30' }",
    normal: {
      type: 'date',
      of: 'profile',
      path: 'traits.birthday',
      events: [],
      yearly: true,
      offsetDays: 0,
      atWallMs: 30_600_000,
    },
    said: 'At 08:30 where a customer lives, on the day of their birthday each year',
  },
  {
    // Thirty days before the contract ends: time to talk about the next one.
    when: 'when: { did: Contract Signed, on: properties.end_date, offset: -30d }',
    normal: { type: 'date', of: 'properties', path: 'end_date', offsetDays: -30, yearly: false, atWallMs: 32_400_000 },
    said: 'At 09:00 where a customer lives, 30 days before “end date” of the last “Contract Signed”',
  },
];

chapter('pilot and unless', () => {
  const when = 'when: { did: Page Viewed }';
  const more = 'pilot: at-risk\nunless: { did: Complaint Opened, until: [Complaint Resolved], atMost: 30d }\n';

  it('are read aloud, scaled like every duration, and change no version of a trigger that has neither', () => {
    const { definitions, trigger, issues } = read(when, more);
    expect(issues).toBe('');
    expect(trigger === undefined ? '' : describe(trigger)).toMatch(
      'When a customer does “Page Viewed”, for members of the segment “at-risk” only, but not after “Complaint Opened” until “Complaint Resolved”, for 30 days at most, propose',
    );
    expect(trigger?.unless?.atMostMs).toBe(30 * 86_400_000);
    const scaled = toPublished(definitions, { offset: 0, timeScale: 60 }).definitions.find(
      ({ kind }) => kind === 'Trigger',
    );
    expect(scaled).toMatchObject({ pilot: 'at-risk', unless: { atMostMs: 12 * 3_600_000 } });
    expect(Object.keys(read(when).trigger ?? {})).not.toEqual(expect.arrayContaining(['pilot']));
  });

  it.each([
    ['pilot: at-rsk\n', /pilot: there is no segment “at-rsk”.*“at-risk”/],
    ['unless: { did: A }\n', /unless\.atMost: is missing/],
    ['unless: { did: Page Viewed, atMost: 1d }\n', /unless\.did: “Page Viewed” starts it and suspends it/],
    ['unless: { did: { event: A, where: x }, atMost: 1d }\n', /unless\.did: Unknown name “x”/],
  ])('finds the fault in %s', (given, pattern) => {
    expect(read(when, given).issues).toMatch(pattern);
  });
});

chapter('the forms of `when`', () => {
  it.each(examples)('$when', ({ when, normal, said }) => {
    const { definitions, trigger, issues } = read(when);
    expect(issues).toBe('');
    expect(trigger?.when).toMatchObject(normal);
    expect(trigger === undefined ? '' : describe(trigger)).toMatch(`${said}, propose the marketing message “hello”`);
    expect(compilePlaybook(toPublished(definitions, { offset: 0, timeScale: 60 })).faults).toEqual([]);
  });

  it.each([
    ['when: { did: A, atLeast: 3 }', /when: needs one of within and per/],
    ['when: { did: A, atLeast: 3, within: 1h, per: day }', /when: needs one of within and per/],
    ['when: { did: A, atLeast: 3, of: sum, within: 1h }', /when\.value: .*(missing|goes with)/],
    ['when: { did: A, atLeast: 3, value: properties.x, within: 1h }', /when\.value: goes with of: sum/],
    ['when: { did: A, atLeast: 3.5, within: 1h }', /when\.atLeast: must be a whole number up to 200/],
    ['when: { did: A, atLeast: 300, within: 1h }', /when\.atLeast: must be a whole number up to 200/],
    ['when: { did: A, atLeast: 0, within: 1h }', /when\.atLeast: must be at least 0/],
    ['when: { did: A, atLeast: 3, within: 1h, zone: company }', /when\.zone: is for per/],
    ['when: { did: A, atLeast: 3, of: sum, value: propertys.x, within: 1h }', /when\.value: Unknown name “propertys”/],
    ['when: { did: A, atleast: 3, within: 1h }', /when\.atleast: unknown field.*“atLeast”/],
    ['when: { did: A, atLeast: 3, within: 1h }\ncancelOn: A', /“A” counts and cancels it/],
    ['when: { did: A, then: [B, C] }', /when\.within: is missing/],
    ['when: { did: A, then: [B, C], within: 1h, butNot: B }', /“B” is a step and must not come between/],
    ['when: { did: A, then: [{ event: B, where: properti.x }], within: 1h }', /when\.then: Unknown name “properti”/],
    ['when: { did: A, value: properties.x, direction: below }', /when: needs times or spreads/],
    ['when: { did: A, value: properties.x, times: 1 }', /when\.times: must be at least 1/],
    ['when: { did: A, times: 3 }', /when: needs one of value, perPeriod and per/],
    ['when: { did: A, times: 3, per: day, perPeriod: 7d }', /when: needs one of value, perPeriod and per/],
    ['when: { did: A, times: 3, value: properties.x, per: day }', /when: needs one of value, perPeriod and per/],
    ['when: { did: A, times: 3, perPeriod: 7d, zone: company }', /when\.zone: is for per/],
    ['when: { did: A, times: 3, perPeriod: 5m }', /when\.perPeriod: must be at least 1h/],
    ['when: { did: A, per: week, direction: below }', /when: needs times or spreads/],
    ['when: { did: A, times: 3, perPeriod: 120d }', /when\.perPeriod: .*the 2 that a year has.*such as 30d/],
    ['when: { did: A, times: 3, perPeriod: 30d, afterAtLeast: 12 }', /when\.afterAtLeast: .*set afterAtLeast to 11/],
    ['when: { did: A, times: 3, per: month, afterAtLeast: 20 }', /when\.afterAtLeast: .*set afterAtLeast to 11/],
    ['when: { did: A, value: properties.x +, times: 3 }', /when\.value: Not a valid expression/],
    ['when: { enters: at-rsk }', /when\.enters: there is no segment “at-rsk”.*“at-risk”/],
    ['when: { enters: at-risk, leaves: at-risk }', /when: needs one of enters and leaves/],
    ['when: { enters: at-risk }\noncePer: properties.x', /oncePer: segment has no event to take a key from/],
    ['when: { changes: profile.pan }', /when\.changes: The profile has no field “pan”/],
    ['when: { changes: properties.plan }', /when\.changes: must be a path such as profile\.traits\.plan/],
    ['when: { changes: profile.traits.plan, from: gold }', /when\.from: Unknown name “gold”/],
    ['when: { changes: profile.traits.plan }\noncePer: properties.x', /profileChange has no event to take a key/],
    ['when: { on: properties.end }', /when\.on: is below profile, or, with did, below properties/],
    ['when: { on: profile.traits.x, did: A }', /when\.on: is below profile, or, with did, below properties/],
    ['when: { on: profile.birthday }', /when\.on: The profile has no field “birthday”.*profile\.traits/],
    ['when: { on: profile.traits.x, offset: 12h }', /when\.offset: must be whole days or weeks/],
    ['when: { on: profile.traits.x, offset: -400d }', /when\.offset: must be at most 365d/],
    ["when: { on: profile.traits.x, at: '9:00' }", /when\.at: must be a time of day/],
    ['when: { on: profile.traits.x }\noncePer: properties.x', /date has no event to take a key/],
  ])('finds the fault in %s', (when, pattern) => {
    expect(read(when).issues).toMatch(pattern);
  });
});
