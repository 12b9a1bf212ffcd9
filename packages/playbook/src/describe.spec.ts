import { expect, it } from '@jest/globals';
import { describe } from './describe.ts';
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
    '(paused) When a customer does “Search Done” (where properties.n > 2) or “Compare Done” (where properties.n > 2), if profile.orderCount > 0, propose the marketing message “hello” to the customer with priority 50, at most once in 7 days per person, unless “Order Completed” comes before it is sent, to be sent within 1 day or not at all, holding out 10 % of persons to measure the effect, hoping for “Order Completed” within 3 days worth properties.total, from 2026-12-01T00:00:00.000Z, as found by a model.',
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
    '{ kind: ContactRule, id: r, scope: { channels: [email, onsite] }, cooldown: 16h, onBreach: drop }',
    'Between two messages by e-mail or on the website a person has a pause of 16 hours; what is proposed meanwhile is not sent.',
  ],
  [
    '{ kind: ContactRule, id: r, scope: { messages: [hello] }, limit: 1, window: { rolling: 1d } }',
    'A person gets at most 1 message “hello” in any 1 day; what is proposed meanwhile waits.',
  ],
  [
    '{ kind: Segment, id: s, where: profile.orderCount > 3 }',
    'A person is in the segment “s” as long as profile.orderCount > 3.',
  ],
  [
    '{ kind: Source, id: w, type: browser, trustBrowserEmail: true }',
    'Events of the browser source “w” are taken in; of its customers no consent is assumed, and addresses set by the browser are believed.',
  ],
  [
    '{ kind: Company, name: Shop, zone: Europe/London, holdout: 5, quietHours: [{ from: 21:00, to: 08:00, onBreach: drop }] }',
    'Shop lives in Europe/London and counts in EUR; from 21:00 to 08:00 where a person lives marketing is not sent; events older than 1 day start nothing; 5 % of persons never get marketing.',
  ],
])('says any definition: %s', (text, sentence) => {
  expect(said(text)).toBe(sentence);
});
