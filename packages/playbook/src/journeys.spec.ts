import { describe as chapter, expect, it } from '@jest/globals';
import type { Definition, JourneyDefinition } from '@kairos/decisions';
import { describe } from './describe.ts';
import { formatIssue } from './lint-issue.ts';
import { parsePlaybook } from './parse-playbook.ts';
import { scaleDurations } from './scale.ts';

const message = (id: string, channels = 'email: { subject: S, body: B }', purpose = 'marketing') =>
  `kind: Message\nid: ${id}\npurpose: ${purpose}\nchannels: { ${channels} }`;
const trigger = (more = '') => `kind: Trigger
id: cart-left
status: live
purpose: marketing
when: { did: Product Added, butNot: [Order Completed], within: 1h }
goal: { event: Order Completed, within: 3d }
${more}`;
const others = [
  message('cart-reminder'),
  message('cart-offer', 'onsite: { slot: top, body: B }, email: { subject: S, body: B }'),
  message('ring', 'task: { title: T, action: A, why: W }'),
  message('crm', 'webhook: { url: "https://crm.example.com", body: "{}" }', 'service'),
];
const journey = (steps: string, more = '') => `kind: Journey
id: cart-recovery
startsWith: cart-left
${more}steps:
${steps.trim().replaceAll(/^/gm, '  ')}`;

const parse = (text: string, ...rest: readonly string[]) =>
  parsePlaybook([
    { path: 'j.yaml', text: [text, ...(rest.length > 0 ? rest : [trigger()]), ...others].join('\n---\n') },
  ]);
const issues = (steps: string, more = '', ...rest: readonly string[]) =>
  parse(journey(steps, more), ...rest).issues.map(formatIssue);
const normal = (steps: string, more = ''): JourneyDefinition => {
  const parsed = parse(journey(steps, more));
  expect(parsed.issues.map(formatIssue)).toEqual([]);
  return parsed.definitions.find((one): one is JourneyDefinition => one.kind === 'Journey') as JourneyDefinition;
};

const everything = `
- send: cart-reminder
- waitFor: { clicked: cart-reminder, did: [Wishlist Opened], atMost: 24h }
  otherwise:
    - branch:
        - if: sends.cart-reminder == 'dropped' && reasons.cart-reminder == "NO_CONSENT" && 'sends.x' != ''
          steps: [ { send: cart-offer, channel: onsite, expiresAfter: 2h } ]
        - else:
            - split: offer
              ways:
                - { share: 30%, steps: [ { send: cart-offer } ] }
                - { name: none, share: 70%, steps: [] }
- wait: 2d
- wait: { for: 1h, until: "09:00", on: [Monday, Friday] }
- set: { cartRecovered: true, tier: gold }
- task: ring
  to: staff(sales)
- call: crm
- exit`;

chapter('a journey in YAML', () => {
  it('becomes its normal form', () => {
    const { steps, exitsOnGoal, exitWhen, startsWith } = normal(
      everything,
      'exitWhen: [goal, { did: Cart Emptied, where: properties.cart_id == evidence.properties.cart_id }]\n',
    );
    expect({ exitsOnGoal, startsWith, exitWhen }).toEqual({
      exitsOnGoal: true,
      startsWith: 'cart-left',
      exitWhen: [{ name: 'Cart Emptied', where: 'properties.cart_id == evidence.properties.cart_id' }],
    });
    expect(steps.map(({ does }) => does)).toEqual(['send', 'waitFor', 'wait', 'wait', 'set', 'task', 'call', 'exit']);
    expect(steps[1]).toMatchObject({
      anyOf: [
        { kind: 'event', event: { name: 'Wishlist Opened' } },
        { kind: 'outcome', message: 'cart-reminder', outcome: 'clicked' },
      ],
      atMostMs: 86_400_000,
      otherwise: [
        {
          does: 'branch',
          branches: [
            {
              if: `sends["cart-reminder"] == 'dropped' && reasons["cart-reminder"] == "NO_CONSENT" && 'sends.x' != ''`,
              steps: [{ does: 'send', message: 'cart-offer', channel: 'onsite', expiresAfterMs: 7_200_000 }],
            },
          ],
          otherwise: [
            {
              does: 'split',
              id: 'offer',
              ways: [
                { name: 'a', percent: 30 },
                { name: 'none', percent: 70 },
              ],
            },
          ],
        },
      ],
    });
    expect(steps[3]).toEqual({ does: 'wait', forMs: 3_600_000, until: { time: '09:00', weekdays: [1, 5] } });
    expect(steps[5]).toEqual({ does: 'task', message: 'ring', role: 'sales', expiresAfterMs: null });
  });

  it('ends with the goal unless it says otherwise', () => {
    expect(normal('- wait: 1d').exitsOnGoal).toBe(true);
    expect(normal('- wait: 1d', 'exitWhen: [{ did: Stopped }]\n').exitsOnGoal).toBe(false);
  });

  it('can be read aloud', () => {
    expect(describe(normal(everything), parse(journey(everything)).definitions)).toBe(
      'When “cart-left” fires, propose “cart-reminder”, then wait at most 1 day until “Wishlist Opened” comes or “cart-reminder” was clicked, and if not (if sends["cart-reminder"] == \'dropped\' && reasons["cart-reminder"] == "NO_CONSENT" && \'sends.x\' != \'\' (propose “cart-offer” on the website within 2 hours or not at all), else (send 30 % way “a” (propose “cart-offer”) and 70 % way “none” (do nothing) by the draw “offer”)), then wait 2 days, then wait 1 hour and then until 09:00 where the person lives on Monday or Friday, then set cartRecovered to true and tier to "gold", then give the sales staff the task “ring”, then call another system with “crm”, then end it; it ends at once when the goal is reached, and what was not sent is taken back.',
    );
  });

  it('promises no end by a goal that its trigger does not have', () => {
    const said = (...rest: readonly string[]) => {
      const { definitions } = parse(journey('- wait: 1d'), ...rest);
      const [first] = definitions;
      return first === undefined ? '' : describe(first, definitions);
    };
    const goalless = trigger().replace(/goal: .*\n/, '');
    expect(said()).toBe(
      'When “cart-left” fires, wait 1 day; it ends at once when the goal is reached, and what was not sent is taken back.',
    );
    expect(said(goalless)).toBe('When “cart-left” fires, wait 1 day.');
    expect(describe(normal('- wait: 1d'))).toBe(
      'When “cart-left” fires, wait 1 day; it ends at once when the goal of “cart-left” is reached (if it has one), and what was not sent is taken back.',
    );
  });

  it('shrinks for a demonstration, all but the times of day', () => {
    const [scaled] = scaleDurations([normal(everything) as Definition], 60) as readonly JourneyDefinition[];
    expect(scaled?.steps[1]).toMatchObject({
      atMostMs: 1_440_000,
      otherwise: [{ branches: [{ steps: [{ expiresAfterMs: 120_000 }] }] }],
    });
    expect(scaled?.steps[3]).toEqual({ does: 'wait', forMs: 60_000, until: { time: '09:00', weekdays: [1, 5] } });
    expect(scaled?.version).toMatch(/-x60$/);
  });
});

chapter('lint of a journey', () => {
  it.each([
    ['- sendd: cart-reminder', /j\.yaml:5:5 error steps\.0\.sendd: unknown field “sendd”.*“send”/],
    ['- { send: cart-reminder, chanel: email }', /5:28 error steps\.0\.chanel: unknown field “chanel”.*“channel”/],
    ['- send: cart-remindr', /steps\.0\.send: there is no message “cart-remindr”.*“cart-reminder”/],
    [
      '- { send: cart-reminder, channel: onsite }',
      /steps\.0\.channel: the message “cart-reminder” has no content for onsite/,
    ],
    ['- send: ring', /steps\.0\.send: the message has no channel that reaches the customer/],
    ['- { task: cart-reminder, to: staff(sales) }', /has no content for task/],
    ['- { task: ring, to: sales }', /steps\.0\.to: must be staff\(role\)/],
    ['- call: ring', /steps\.0\.call: the message “ring” has no content for webhook/],
    ['- wait: 366d', /steps\.0\.wait: must be at most 365d \(366d\)/],
    ['- wait: { until: "25:00" }', /steps\.0\.wait\.until: must be a time of day/],
    ['- wait: { on: Caturday }', /steps\.0\.wait\.on.*Caturday/],
    ['- waitFor: { atMost: 1d }', /must say what is waited for/],
    ['- waitFor: { did: X }', /steps\.0\.waitFor\.atMost: is missing/],
    [
      '- waitFor: { clicked: cart-reminder, atMost: 1d }\n- send: cart-reminder',
      /waitFor\.clicked: “cart-reminder” is not sent before this step/,
    ],
    ['- waitFor: { clicked: nothing, atMost: 1d }', /waitFor\.clicked: there is no message “nothing”/],
    [
      "- branch: [ { if: sends.cart-offer == 'clicked', steps: [] } ]",
      /branch\.0\.if: “cart-offer” is not sent before/,
    ],
    ['- branch: [ { if: properties.x == 1, steps: [] } ]', /branch\.0\.if: a branch has no event of its own/],
    ['- branch: [ { if: profile.orderCont > 1, steps: [] } ]', /branch\.0\.if: The profile has no field “orderCont”/],
    ['- branch: [ { else: [] } ]', /has no condition/],
    [
      '- { split: t, ways: [ { share: 50%, steps: [] }, { share: 40%, steps: [] } ] }',
      /ways: the shares add up to 90%/,
    ],
    ['- exit\n- wait: 1d', /6:5 warning steps\.1: stands behind exit/],
    ['[]', /steps: has no step/],
  ])('finds the fault in %s', (steps, expected) => {
    expect(issues(steps).join('\n')).toMatch(expected);
  });

  it('takes what one way sends for sent behind the branch, not on the way beside it', () => {
    const two = (beside: string, behind: string) => `
- branch:
    - { if: profile.orderCount > 1, steps: [ { send: cart-reminder } ] }
    - { else: [ ${beside} ] }
${behind}`;
    const asked = '{ waitFor: { clicked: cart-reminder, atMost: 1d } }';
    expect(issues(two('', `- ${asked}`))).toEqual([]);
    expect(issues(two(asked, '')).join()).toMatch(/branch\.1\.else\.0\.waitFor\.clicked: .* is not sent before/);
  });

  it('refuses a trigger that sends the message itself, an unknown trigger, and more than fits', () => {
    expect(issues('- send: cart-reminder', '', trigger('send: cart-reminder')).join()).toMatch(
      /steps\.0\.send: the trigger “cart-left” sends “cart-reminder” itself, so it would be proposed twice/,
    );
    expect(issues('- wait: 1d', '', trigger('send: cart-reminder'))).toEqual([]);
    expect(issues('- wait: 1d', '', trigger().replace('cart-left', 'cart-lefd')).join()).toMatch(
      /startsWith: there is no trigger “cart-left”.*“cart-lefd”/,
    );
    expect(issues('- wait: 1d\n'.repeat(101)).join()).toMatch(/steps: has 101 steps; at most 100/);
    const deep = (levels: number): string =>
      levels === 0 ? '{ wait: 1d }' : `{ waitFor: { did: X, atMost: 1d }, otherwise: [ ${deep(levels - 1)} ] }`;
    expect(issues(`- ${deep(7)}`)).toEqual([]);
    expect(issues(`- ${deep(8)}`).join()).toMatch(/steps: steps lie 9 deep; at most 8/);
  });

  it('knows a goal that is none, a message of another purpose, and a model that may not give tasks', () => {
    const noGoal = trigger().replace(/goal: .*\n/, '');
    expect(issues('- wait: 1d', 'exitWhen: [goal]\n', noGoal).join()).toMatch(/exitWhen: the trigger .* has no goal/);
    expect(issues('- wait: 1d', '', noGoal)).toEqual([]);
    expect(
      issues('- send: cart-reminder', '', trigger().replace('purpose: marketing', 'purpose: service')).join(),
    ).toMatch(/the trigger is service and this message is marketing/);
    expect(issues('- { task: ring, to: staff(sales) }', '', trigger('foundBy: model')).join()).toMatch(
      /never goes to a person’s work list/,
    );
  });

  it('lets only journeys ask for sends and evidence', () => {
    const found = issues('- wait: 1d', '', trigger('audience: sends.x == "clicked"')).join();
    expect(found).toMatch(/audience: evidence, sends, reasons are known in journeys only/);
  });
});
