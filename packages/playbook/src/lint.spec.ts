import { describe, expect, it } from '@jest/globals';
import { formatIssue } from './lint-issue.ts';
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
const issuesOf = (...texts: string[]) => parse(...texts).issues.map(formatIssue);

describe('lint', () => {
  it('names file, line, column, the nearest field and the value of an unknown field', () => {
    expect(issuesOf(trigger('priorty: 60'), message)).toEqual([
      'playbook/a.yaml:7:1 error priorty: unknown field “priorty” (60) — did you mean “priority”?',
    ]);
    expect(issuesOf(trigger().replace('within: 1h', 'within: 1h, atLatestAftr: 2h'), message)).toEqual([
      'playbook/a.yaml:5:68 error when.atLatestAftr: unknown field “atLatestAftr” (2h) — did you mean “atLatestAfter”?',
    ]);
  });

  it('finds what was meant in a choice of forms', () => {
    expect(issuesOf(trigger().replace('butNot', 'butNott'), message).join('\n')).toMatch(
      /when\.butNott: unknown field.*“butNot”/,
    );
    expect(issuesOf(trigger('cancelOn: [{ evnt: X }]'), message).join('\n')).toMatch(
      /cancelOn\.0\.evnt: unknown field.*“event”/,
    );
    const rule = 'kind: ContactRule\nid: x\nscope: {}\nlimit: 2\nwindow: { roling: 7d }\n';
    expect(issuesOf(rule).join('\n')).toMatch(/window\.roling: unknown field “roling” \(7d\).*“rolling”/);
    expect(issuesOf(trigger().replace(/when: .*/, 'when: 5'), message).join('\n')).toMatch(
      /5:7 error when: has none of the allowed forms \(5\)/,
    );
  });

  it.each([
    ['when: { did: A, butNot: B, within: 400d }', /when\.within: must be at most 365d \(400d\)/],
    ['when: { did: A, butNot: B, within: 1 hour ago }', /when\.within: must be a duration such as/],
    ['when: { did: A, butNot: B, within: 3600 }', /when\.within: must be a text \(3600\)/],
    ['when: { did: A, butNot: B, within: 0s }', /must be longer than nothing/],
    ['when: { did: A, butNot: B, within: 2h, atLatestAfter: 1h, clock: restartsOnRepeat }', /is shorter than within/],
    ['when: { did: A, butNot: B, within: 2h, atLatestAfter: 3h }', /warning when\.atLatestAfter: has no effect/],
    ['when: { did: A, butNot: [A], within: 2h }', /arms and disarms it/],
    ['when: { did: A }\ncancelOn: A', /fires and cancels it/],
    ['when: { inactiveFor: 1d }\noncePer: properties.x', /no event to take a key from/],
    ['when: { inactiveFor: 1d, of: A }\ncancelOn: A', /starts the wait and ends it/],
    ['when: { did: A }\npriority: 101', /priority: must be at most 100 \(101\)/],
    ['when: { did: A }\nholdout: 150%', /holdout: must be a percentage/],
    ['when: { did: A }\noncePer: profile.email', /oncePer: must be person or a path/],
    ['when: { did: A }\nto: sales', /to: must be customer or staff\(role\).* \(sales\)/],
    ['when: { did: A }\nto: staff(sales)', /no channel that reaches staff/],
    ['when: { did: A }\nstatus: alive', /status: must be one of draft, live, paused \(alive\) — did you mean “live”/],
    ['when: { did: A }\nactiveFrom: 2026-12-01', /must be a moment with offset/],
    ['when: { did: A }\nactiveFrom: 2026-12-02T00:00:00Z\nactiveTo: 2026-12-01T00:00:00Z', /is not after activeFrom/],
    [
      'when: { did: A, where: profile.orderCuont > 1 }',
      /when\.did: The profile has no field “orderCuont”.*“orderCount”/,
    ],
    ['when: { did: A, where: propertys.x > 1 }', /Unknown name “propertys”.*“properties”/],
    ['when: { did: A, where: lower(properties.x) == "a" }', /Unknown function “lower”.*“lowerAscii”/],
    ['when: { did: A }\naudience: \'"hi-value" in segments\'', /no segment “hi-value”.*there is none yet/],
    ['when: { did: A }\naudience: 1 +', /audience: Not a valid expression/],
    ['when: { did: A }\ngoal: { event: B, within: 1d, value: properties.total + }', /goal\.value: Not a valid/],
    ['when: { did: A }\nsend: helo', /send: there is no message “helo” \(helo\) — did you mean “hello”/],
  ])('finds the fault in %s', (text, pattern) => {
    const lines = trigger()
      .split('\n')
      .filter((line) => !/^when:/.test(line));
    const own = text.split('\n').map((line) => line.split(':')[0]);
    const kept = lines.filter((line) => !own.includes(line.split(':')[0]));
    expect(issuesOf(`${kept.join('\n')}\n${text}\n`, message).join('\n')).toMatch(pattern);
  });

  it.each([
    ['{{ profile.firstNam }}', /channels\.email\.body: the profile has no field “firstNam”.*“firstName”/],
    [
      '{{ profile.lastProduct.nam }}',
      /channels\.email\.body: profile\.lastProduct has no field “nam” \(profile\.lastProduct\.nam\) — did you mean “name”\?/,
    ],
    ['{{ profile.preferences.frequency.maxx }}', /profile\.preferences\.frequency has no field “maxx”.*“max”/],
    ['{{ profile.email.domain }}', /profile\.email has no field “domain”.*write profile\.email: nothing lies below it/],
    ['{{ profile.group.nmae }}', /profile\.group has no field “nmae”.*known are id, traits/],
    ['{% if profile.money.netvalue %}x{% endif %}', /profile\.money has no field “netvalue”.*“netValue”/],
    ['{{ company.currency }}', /the company has no field “currency”.*known are name/],
    ['{{ evidnce.product }}', /unknown variable “evidnce”.*“evidence”/],
    ['{{ broken', /the template has a fault/],
    ['{% include "x" %}', /tag "include" not found/],
    ['%%=v(@x)=%%', /AMPscript/],
    ['{{ profile.email | upcas }}', /undefined filter: upcas/],
  ])('finds the fault in the template %s', (body, pattern) => {
    const text = `kind: Message\nid: m\npurpose: marketing\nchannels:\n  email:\n    subject: S\n    body: ${JSON.stringify(body)}\n`;
    expect(issuesOf(text).join('\n')).toMatch(pattern);
    expect(issuesOf(text)[0]).toMatch(/^playbook\/a\.yaml:7:11 /);
  });

  it.each([
    '{{ profile.traits.anything.at.all }}',
    '{{ profile.counters["Page Viewed"] }}',
    '{{ profile.preferences.topics["sales-news"] }}',
    '{{ profile.preferences.channels[0] }}{{ profile.preferences.channels.size }}{{ profile.preferences.channels.first }}',
    '{{ profile.group.id }}{{ profile.group.traits.name }}',
    '{{ profile.firstName.size }}{{ profile.lastProduct.name | upcase }}',
  ])('finds none in the template %s: there is such a field, or nobody says what lies there', (body) => {
    const text = `kind: Message\nid: m\npurpose: marketing\nchannels:\n  email:\n    subject: S\n    body: ${JSON.stringify(body)}\n`;
    expect(issuesOf(text)).toEqual([]);
  });

  it.each([
    ['email: { subject: S }', /channels\.email\.bodyFile: has no content/],
    ['email: { subject: S, bodyFile: nowhere.html }', /the file playbook\/nowhere.html does not exist/],
    ['email: { subject: S, body: mail.mjml }', /MJML/],
    ['email: { subject: S, body: B, bodyFile: b.html }', /stands beside a body/],
    ['push: { text: T }', /channels\.push: unknown field “push”/],
    ['sms: { subject: S, text: T }', /channels\.sms\.subject: unknown field “subject”/],
    ['webhook: { url: "ftp://x", body: B }', /http\(s\) address/],
    ['webhook: { url: "https://x/{{ profile.email }}", body: B }', /without placeholders/],
  ])('finds the fault in the channel %s', (channel, pattern) => {
    expect(issuesOf(`kind: Message\nid: m\npurpose: marketing\nchannels:\n  ${channel}\n`).join('\n')).toMatch(pattern);
  });

  describe('the length of a text to a phone', () => {
    const sms = (text: string) =>
      issuesOf(`kind: Message\nid: m\npurpose: marketing\nchannels:\n  sms:\n    text: ${JSON.stringify(text)}\n`);

    it('says nothing of one segment, placeholders and long addresses aside', () => {
      const address = `https://shop.example.com/${'a'.repeat(200)}?x={{ properties.cart_id }}`;
      expect(sms(`${'a'.repeat(100)} {{ profile.firstName | default: "dear customer of ours" }} ${address}`)).toEqual(
        [],
      );
    });

    it('warns of more than one, with the reason', () => {
      expect(sms('a'.repeat(161)).join()).toBe(
        'playbook/a.yaml:6:11 warning channels.sms.text: takes at least 2 segments: 161 characters before anything is filled in, and one segment holds 160 (GSM-7) — shorten it',
      );
      expect(sms(`${'a'.repeat(80)} … 😀`).join()).toMatch(
        /warning .*2 segments: 85 characters.* holds 70 \(UCS-2\) — shorten it, or leave out … 😀 to fit 160/,
      );
    });
  });

  it('keeps a model’s finding and the customer away from staff’s work list', () => {
    const call = 'kind: Message\nid: call\npurpose: service\nchannels: { task: { title: T, action: A, why: W } }\n';
    const to = (more: string) =>
      `kind: Trigger\nid: t\nstatus: live\npurpose: service\nwhen: { did: X }\nsend: call\n${more}`;
    expect(issuesOf(to('to: staff(sales)\n'), call)).toEqual([]);
    expect(issuesOf(to('to: staff(sales)\nfoundBy: model\n'), call).join()).toMatch(
      /never goes to a person’s work list/,
    );
    expect(issuesOf(to(''), call).join()).toMatch(/a task is for staff/);
  });

  it('compares triggers with the messages that they send', () => {
    expect(issuesOf(trigger(), message.replace('purpose: marketing', 'purpose: service')).join()).toMatch(
      /trigger is marketing and its message is service/,
    );
    expect(issuesOf(trigger(), `${message}status: draft\n`).join()).toMatch(
      /error send: the trigger is live and its message is a draft/,
    );
    expect(issuesOf(trigger(), `${message}status: paused\n`).join()).toMatch(/warning send: .*paused/);
  });

  it('warns of a live message whose channels the company has not set up', () => {
    const company = 'kind: Company\nname: A\nzone: Etc/UTC\nchannels: [sms, onsite]\n';
    expect(issuesOf(trigger(), message, company)).toEqual([
      'playbook/b.yaml:5:3 warning channels: is live and has no channel that the company has set up, so it is never sent (email) — add one of them to the company’s channels, or give it content for sms or onsite',
    ]);
    const more = `${message}  onsite: { slot: top, body: B }\n`;
    expect(issuesOf(trigger(), more, company)).toEqual([]);
    expect(issuesOf(trigger(), message, company.replace('sms', 'email'))).toEqual([]);
    expect(issuesOf(trigger(), message, company.replace(/channels.*\n/, ''))).toEqual([]);
    expect(issuesOf(`${message}status: draft\n`, company)).toEqual([]);
  });

  it('warns of a segment that asks for now: nobody asks it of who is silent', () => {
    const segment = (where: string) => `kind: Segment\nid: silent\nwhere: ${where}\n`;
    expect(issuesOf(segment('profile.lastSeenAtMs < now - 86400000'))).toEqual([
      'playbook/a.yaml:3:8 warning where: asks for now, and a segment is asked only at a person’s own events: of whoever is silent it goes stale (profile.lastSeenAtMs < now - 86400000) — let the journey of an inactiveFor or date trigger set a trait in time, and ask for profile.traits here',
    ]);
    expect(issuesOf(segment('profile.traits.silent == true'))).toEqual([]);
    expect(issuesOf(segment('now +')).join()).not.toMatch(/warning/);
  });

  it('finds definitions that are there twice', () => {
    expect(issuesOf(message, message)).toEqual([
      'playbook/b.yaml:2:5 error id: the Message “hello” exists already (hello) — it is in playbook/a.yaml; keep one, or give this another id',
    ]);
    const company = 'kind: Company\nname: A\nzone: Etc/UTC\n';
    expect(issuesOf(company, `${company}id: other\n`).join()).toMatch(/second company/);
    expect(issuesOf(company.replace('Etc/UTC', 'Europe/Londn')).join()).toMatch(/zone: must be an IANA time zone/);
  });

  it.each([
    ['kind: Triger\nid: x\n', /1:7 error kind: is not a kind of definition \(Triger\) — did you mean “Trigger”/],
    ['id: x\n', /kind: is missing — add kind: one of Trigger, Journey, Message/],
    ['just text\n', /kind: is missing/],
    ['kind: Message\nkind: Message\n', /not valid YAML: Map keys must be unique/],
    ['kind: [\n', /not valid YAML/],
    [
      'a: &a [1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n',
      /alias/i,
    ],
    ['a: !!js/function "x"\n', /not valid YAML/],
    ['__proto__: { kind: Trigger }\n', /kind: is missing/],
  ])('%#: survives what is no definition', (text, pattern) => {
    expect(issuesOf(text).join('\n')).toMatch(pattern);
  });

  it.each([
    ['22:00', '22:00', /quietHours\.0\.to: is the same as from, so it is never quiet \(22:00\)/],
    ['00:00', '24:00', /quietHours\.0\.to: makes it the whole day, so nothing is ever sent/],
  ])('refuses quiet hours from %s to %s', (from, to, expected) => {
    const company = `kind: Company\nname: Shop\nzone: Europe/London\nquietHours: [{ from: "${from}", to: "${to}" }]\n`;
    expect(issuesOf(company).join('\n')).toMatch(expected);
  });

  it('refuses a condition that may cost too much, and says how much', () => {
    const sum = Array.from({ length: 12 }, (_, at) => `x + ${at} == y`).join(' || ');
    const where = `properties.a.exists(x, properties.b.exists(y, ${sum}))`;
    const text = trigger().replace(/when: .*/, `when: { did: A, where: "${where}" }`);
    expect(issuesOf(text, message).join('\n')).toMatch(
      /a\.yaml:5:14 error when\.did: The expression may take \d+ steps .*at most 50000 are allowed\. Ask less of each element/,
    );
  });

  it('leaves test files and empty documents alone', () => {
    expect(
      parsePlaybook([
        { path: 'a.test.yaml', text: 'name: x' },
        { path: 'b.yaml', text: '# nothing\n---\n' },
        { path: 'c.html', text: '<p>' },
      ]),
    ).toMatchObject({ definitions: [], issues: [] });
  });
});
