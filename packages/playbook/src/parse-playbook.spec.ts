import { describe, expect, it } from '@jest/globals';
import { parsePlaybook } from './parse-playbook.ts';

const message = `kind: Message
id: hello
purpose: marketing
channels:
  email: { subject: "Hi %%FirstName%%", body: "<p>{{ evidence.product.name }}</p>" }
`;
const trigger = (more = '') => `kind: Trigger
id: cart-left
status: live
purpose: marketing
when: { did: Product Added, butNot: [Order Completed], within: 1h }
send: hello
${more}`;
const parse = (...texts: string[]) =>
  parsePlaybook(texts.map((text, at) => ({ path: `playbook/${'abc'[at]}.yaml`, text })));

describe('a playbook in the form that people write', () => {
  it('becomes the normal form, with the documented defaults', () => {
    const { definitions, issues } = parse(trigger(), message);
    expect(issues).toEqual([]);
    expect(definitions[0]).toEqual({
      kind: 'Trigger',
      id: 'cart-left',
      version: expect.stringMatching(/^[0-9a-f]{12}$/),
      description: '',
      owner: '',
      status: 'live',
      purpose: 'marketing',
      foundBy: 'rule',
      when: {
        type: 'absence',
        events: [{ name: 'Product Added', where: null }],
        butNot: [{ name: 'Order Completed', where: null }],
        withinMs: 3_600_000,
        clock: 'startsOnFirst',
        atLatestAfterMs: null,
        graceMs: 15_000,
      },
      audience: null,
      oncePer: ['person'],
      reentry: { kind: 'always' },
      cancelOn: [],
      goal: null,
      expiresAfterMs: 86_400_000,
      holdoutPercent: 0,
      priority: 50,
      audienceRole: 'customer',
      activeFromMs: null,
      activeToMs: null,
      send: 'hello',
    });
  });

  it('understands every human form', () => {
    const text = `${trigger(`oncePer: [properties.cart_id, person]
reentry: 7d
cancelOn: [Cart Emptied, { event: Order Completed, where: properties.total > 0 }]
goal: { event: Order Completed, within: 3d, value: properties.total }
expiresAfter: 1h30m
holdout: 10%
priority: 60
activeFrom: 2026-12-01T00:00:00Z
activeTo: 2027-01-01T00:00:00+01:00
audience: profile.orderCount > 0
`)}---
kind: Trigger
id: priced
status: paused
purpose: service
foundBy: model
when: { did: [Page Viewed, { event: Screen Viewed, where: properties.a == 1 }], where: properties.path == "/pricing" }
to: staff(sales)
send: call
---
kind: Trigger
id: quiet
status: live
purpose: marketing
when: { inactiveFor: 2w, of: Page Viewed }
reentry: never
send: hello
---
kind: Message
id: call
purpose: service
channels:
  webhook: { url: "https://crm.example.com/hook", body: '{"who": "{{ profile.email }}"}', deliver: atMostOnce }
  sms: { text: T }
  email: { subject: S, body: B }
`;
    const { definitions, issues } = parse(text, message);
    expect(issues).toEqual([]);
    expect(definitions).toMatchObject([
      {
        oncePer: ['properties.cart_id', 'person'],
        reentry: { kind: 'after', afterMs: 604_800_000 },
        cancelOn: [
          { name: 'Cart Emptied', where: null },
          { name: 'Order Completed', where: 'properties.total > 0' },
        ],
        goal: { event: { name: 'Order Completed', where: null }, withinMs: 259_200_000, value: 'properties.total' },
        expiresAfterMs: 5_400_000,
        holdoutPercent: 10,
        priority: 60,
        activeFromMs: Date.UTC(2026, 11, 1),
        activeToMs: Date.UTC(2026, 11, 31, 23),
        audience: 'profile.orderCount > 0',
      },
      {
        audienceRole: 'staff:sales',
        foundBy: 'model',
        when: {
          type: 'event',
          events: [
            { name: 'Page Viewed', where: 'properties.path == "/pricing"' },
            { name: 'Screen Viewed', where: '(properties.a == 1) && (properties.path == "/pricing")' },
          ],
        },
      },
      {
        when: { type: 'inactivity', forMs: 1_209_600_000, events: [{ name: 'Page Viewed', where: null }] },
        reentry: { kind: 'never' },
      },
      // In the order of the file, which is the order of preference.
      {
        channels: [
          { channel: 'webhook', deliver: 'atMostOnce' },
          { channel: 'sms', text: 'T', deliver: 'atMostOnce' },
          { channel: 'email', deliver: 'atLeastOnce' },
        ],
      },
      { channels: [{ channel: 'email', deliver: 'atMostOnce' }] },
    ]);
  });

  it('understands the three contact rules, company, sources and segments', () => {
    const { definitions, issues } = parse(
      `kind: ContactRule
id: cap
scope: { purpose: marketing, channels: [email], messages: [hello] }
limit: 2
window: { rolling: 7d }
---
{ kind: ContactRule, id: pause, scope: {}, cooldown: 16h, onBreach: drop }
---
{ kind: ContactRule, id: block, scope: { purpose: marketing }, after: Complaint Opened, blocks: { for: 14d } }
---
kind: Company
name: Shop
zone: Europe/London
quietHours: [{ from: 21:00, to: 08:00 }]
---
{ kind: Source, id: server, type: server, assumeConsent: [email] }
---
{ kind: Segment, id: big, where: profile.netValue > 500 }
`,
      message,
    );
    expect(issues).toEqual([]);
    expect(definitions).toMatchObject([
      {
        rule: 'cap',
        limit: 2,
        rollingMs: 604_800_000,
        onBreach: 'defer',
        scope: { purpose: 'marketing', channels: ['email'], messages: ['hello'] },
      },
      {
        rule: 'cooldown',
        cooldownMs: 57_600_000,
        onBreach: 'drop',
        scope: { purpose: null, channels: [], messages: [] },
      },
      {
        rule: 'block',
        forMs: 1_209_600_000,
        onBreach: 'drop',
        afterEvents: [{ name: 'Complaint Opened', where: null }],
      },
      {
        id: 'company',
        liveHorizonMs: 86_400_000,
        collectForMs: { marketing: 1_000, service: 0 },
        quietHours: [{ purpose: 'marketing', from: '21:00', to: '08:00', channels: [], onBreach: 'defer' }],
      },
      { sourceKind: 'server', assumeConsent: ['email'], trustBrowserEmail: false },
      { where: 'profile.netValue > 500' },
      { id: 'hello' },
    ]);
  });

  it('reads bodies from files beside it', () => {
    const text = `kind: Message
id: m
purpose: marketing
channels:
  email: { subject: S, bodyFile: ../bodies/m.html }
  onsite: { slot: top, body: banner.html }
`;
    const { definitions, issues } = parsePlaybook([
      { path: 'playbook/messages/m.yaml', text },
      { path: 'playbook/bodies/m.html', text: '<p>mail</p>' },
      { path: 'playbook/messages/banner.html', text: '<p>banner</p>' },
    ]);
    expect(issues).toEqual([]);
    expect(definitions[0]).toMatchObject({ channels: [{ html: '<p>mail</p>' }, { html: '<p>banner</p>' }] });
  });

  it('has a version that changes with the content and with nothing else', () => {
    const versionOf = (text: string) => parse(text, message).definitions[0]?.version;
    expect(versionOf(trigger())).toBe(versionOf(`# a comment\n${trigger().replace('1h', '60m')}`));
    expect(versionOf(trigger())).not.toBe(versionOf(trigger('priority: 51')));
  });
});

describe('a playbook beside definitions that stand elsewhere', () => {
  const beside = parse(trigger(), message).definitions;

  it('may name them, replaces them, and is told nothing about them', () => {
    const { definitions, issues } = parsePlaybook([{ path: 'new.yaml', text: trigger('priority: 70') }], { beside });
    expect(issues).toEqual([]);
    expect(definitions).toMatchObject([{ id: 'cart-left', priority: 70 }]);
    // Without them the same file names a message that is not there.
    expect(parse(trigger('priority: 70')).issues).toMatchObject([{ path: 'send' }]);
    // The live trigger sends this message; that it cannot any more is no fault of this file.
    const draft = parsePlaybook(
      [{ path: 'new.yaml', text: message.replace('\npurpose', '\nstatus: draft\npurpose') }],
      {
        beside,
      },
    );
    expect(draft.issues).toEqual([]);
  });
});
