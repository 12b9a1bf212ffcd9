import { expect, it } from '@jest/globals';
import { describe } from './describe.ts';
import { conditionWords } from './describe-condition.ts';
import { templateWords } from './describe-template.ts';
import { parsePlaybook } from './parse-playbook.ts';

const said = (text: string) => {
  const hello = '---\nkind: Message\nid: hello\npurpose: marketing\nchannels: { email: { subject: S, body: B } }\n';
  const { definitions, issues } = parsePlaybook([{ path: 'a.yaml', text: `${text}\n${hello}` }]);
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  const [first] = definitions;
  return first === undefined ? '' : describe(first);
};

it('says a trigger in one sentence that a business user can sign', () => {
  const text = `kind: Trigger
id: t
status: paused
purpose: marketing
foundBy: model
when: { did: [Search Done, Compare Done], where: properties.n > 2 }
audience: profile.orderCount > 0
reentry: 7d
cancelOn: Order Completed
holdout: 10%
goal: { event: Order Completed, within: 3d, value: properties.total }
activeFrom: 2026-12-01T00:00:00Z
send: hello`;
  expect(said(text)).toBe(
    '(paused) When a customer does “Search Done” or “Compare Done” (where n is more than 2), if order count is more than 0, propose the marketing message “hello” to the customer with priority 50, at most once in 7 days per person, unless “Order Completed” comes before it is sent, to be sent within 1 day or not at all, holding out 10 % of persons to measure the effect, hoping for “Order Completed” within 3 days worth its total, from 2026-12-01T00:00:00.000Z, as found by a model.',
  );
});

it.each([
  [
    '{ kind: Trigger, id: t, status: live, purpose: marketing, when: { inactiveFor: 30d }, reentry: never, send: hello }',
    'When a customer does not do anything for 30 days, propose the marketing message “hello” to the customer with priority 50, once per person and never again, to be sent within 1 day or not at all.',
  ],
  [
    '{ kind: Message, id: m, purpose: service, channels: { task: { title: Call, action: A, why: W }, webhook: { url: "https://x.example.com", body: B } } }',
    'The service message “m” is given as a task for staff (“Call”) or by a call to another system, whichever of these is allowed first.',
  ],
  [
    '{ kind: Message, id: m, purpose: marketing, channels: { sms: { text: T }, email: { subject: S, body: B } } }',
    'The marketing message “m” is given by SMS or by e-mail (“S”), whichever of these is allowed first.',
  ],
  [
    '{ kind: Message, id: m, purpose: marketing, topics: [news, offers], channels: { sms: { text: T } } }',
    'The marketing message “m” is given by SMS. It is about the topics “news” and “offers”; who has switched one of them off does not get it.',
  ],
  [
    '{ kind: Message, id: m, purpose: service, topics: [news], channels: { sms: { text: T } } }',
    'The service message “m” is given by SMS. It is about the topic “news”.',
  ],
  [
    '{ kind: ContactRule, id: r, scope: { channels: [email, onsite] }, cooldown: 16h, onBreach: drop }',
    'Between two messages by e-mail or on the website a person has a pause of 16 hours; what is proposed meanwhile is not sent.',
  ],
  [
    '{ kind: ContactRule, id: r, scope: { messages: [hello] }, limit: 1, window: { rolling: 1d } }',
    'A person gets at most 1 message “hello” in any 1 day; what is proposed meanwhile waits.',
  ],
  [
    '{ kind: ContactRule, id: r, scope: { purpose: marketing }, after: Complaint Opened, blocks: { for: 14d, until: [Complaint Resolved] } }',
    'After “Complaint Opened” a person gets no marketing messages until “Complaint Resolved”, for 14 days at most; what is proposed meanwhile is not sent.',
  ],
  [
    '{ kind: Segment, id: s, where: profile.orderCount > 3 }',
    'A person is in the segment “s” as long as order count is more than 3.',
  ],
  [
    '{ kind: Source, id: w, type: browser, trustBrowserEmail: true }',
    'Events of the browser source “w” are taken in; of its customers no consent is assumed, and addresses set by the browser are believed.',
  ],
  [
    '{ kind: Company, name: Shop, zone: Europe/London, channels: [email, sms], holdout: 5, quietHours: [{ from: 21:00, to: 08:00, onBreach: drop }] }',
    'Shop lives in Europe/London and counts in EUR; it reaches people by e-mail or by SMS only; from 21:00 to 08:00 where a person lives marketing is not sent; events older than 1 day start nothing; 5 % of persons never get marketing.',
  ],
])('says any definition: %s', (text, sentence) => {
  expect(said(text)).toBe(sentence);
});

it.each([
  ['properties.score <= 2', 'score is at most 2'],
  ['properties.amount >= 10000 && profile.traits.vip == true', 'amount is at least 10000 and vip is true'],
  ['profile.orderCount == 0 || profile.netValue < 10.5', 'order count is 0 or net value is less than 10.5'],
  [
    '"at-risk" in segments && !("new" in segments)',
    'the person is in the segment “at-risk” and the person is not in the segment “new”',
  ],
  ['sends.offer == "dropped" && reasons.offer == "NO_CONSENT"', '“offer” was dropped and the reason was NO_CONSENT'],
  ['profile.counters["Complaint Opened"] > 0', 'the number of “Complaint Opened” is more than 0'],
  ['sends["offer"] == "clicked"', '“offer” was clicked'],
  // What is not surely understood stays as it was written.
  [
    'properties.a > 1 && (properties.b > 1 || properties.c > 1)',
    'properties.a > 1 && (properties.b > 1 || properties.c > 1)',
  ],
  ['profile.orderCount * 2 > 1', 'profile.orderCount * 2 > 1'],
  ['properties.name == "R&&B"', 'properties.name == "R&&B"'],
  ['!("new" in segments', '!("new" in segments'],
])('says the condition %s in words', (text, words) => {
  expect(conditionWords(text)).toBe(words);
});

it('says a date as people do', () => {
  const when = (text: string) =>
    said(`{ kind: Trigger, id: t, status: live, purpose: marketing, when: ${text}, send: hello }`).split(
      ', propose',
    )[0];
  expect(when('{ on: profile.traits.birthday, yearly: true }')).toBe(
    'At 09:00 where a customer lives, on the day of their birthday each year',
  );
  expect(when("{ on: profile.traits.contractEndsOn, offset: -30d, at: '08:30' }")).toBe(
    'At 08:30 where a customer lives, 30 days before their contract ends',
  );
  expect(when('{ did: Contract Signed, on: properties.ends_at, offset: -1d }')).toBe(
    'At 09:00 where a customer lives, 1 day before “ends at” of the last “Contract Signed”',
  );
});

it.each([
  [
    "{{ profile.firstName | default: 'Hello' }}, your {{ evidence.product.name | default: 'cart' }} is waiting",
    '[first name], your [product name] is waiting',
  ],
  [
    "{% if segments contains 'at-risk' %}Come back{% else %}Happy birthday, %%FirstName%%{% endif %}",
    'Happy birthday, [first name]',
  ],
  ["It ends on {{ profile.traits.contractEndsOn | date: '%-d %B' }}", 'It ends on [contract ends on]'],
])('says the subject %s as it reads', (template, words) => {
  expect(templateWords(template)).toBe(words);
});
