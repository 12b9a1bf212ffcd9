import { describe, expect, it } from '@jest/globals';
import { checkTemplate, profileReads, renderTemplate, templateReads } from './template.ts';

const data = {
  profile: { firstName: 'Ann', lastName: null, zone: 'Asia/Tokyo', traits: { plan: 'gold', 'odd name': 'x' } },
  evidence: { product: { name: 'Boots <b>"1"</b>', price: 79.9 }, lastAtMs: 1_700_000_000_000 },
  company: { name: 'Shop & Co' },
  now: 1_700_000_000_000,
};
const html = (text: string, on: object = data) => renderTemplate(text, on, { html: true });
const plain = (text: string, on: object = data) => renderTemplate(text, on, { html: false });
const textOf = (text: string) => html(text).text;

describe('a template', () => {
  it.each([
    ['Hi {{ profile.firstName }}', 'Hi Ann'],
    ['Hi {{ profile.lastName | default: "there" }}', 'Hi there'],
    ['{% if profile.traits.plan == "gold" %}G{% else %}N{% endif %}', 'G'],
    ['{{ profile.absent.deeper }}|{{ nothing }}', '|'],
    ['{{ evidence.product.price | times: 2 }}', '159.8'],
    ['{{ "a,b" | split: "," | join: "-" }}', 'a-b'],
  ])('renders Liquid: %s', (template, text) => {
    expect(html(template)).toEqual({ error: null, text });
  });

  it('escapes what is put in for HTML, once, and only there', () => {
    const escaped = 'Boots &lt;b&gt;&#34;1&#34;&lt;/b&gt;';
    expect(textOf('{{ evidence.product.name }}')).toBe(escaped);
    expect(textOf('{{ evidence.product.name | escape }}')).toBe(escaped);
    expect(textOf('{% echo evidence.product.name %}')).toBe(escaped);
    expect(textOf('%%ProductName%%')).toBe(escaped);
    expect(plain('{{ evidence.product.name }}').text).toBe('Boots <b>"1"</b>');
    expect(html('{{ t | newline_to_br }}', { t: '<i>\nb' }).text).toBe('&lt;i&gt;<br>\nb');
  });

  it('escapes for the inside of JSON strings, and writes whole values with the json filter', () => {
    const rendered = renderTemplate(
      '{"product": "{{ evidence.product.name }}", "all": {{ evidence | json }}, "none": {{ nothing | json }}}',
      data,
      { html: false, json: true },
    );
    expect(JSON.parse(rendered.text ?? '')).toEqual({ product: 'Boots <b>"1"</b>', all: data.evidence, none: null });
  });

  it('keeps a subject on one line, whatever a customer is called', () => {
    const on = { profile: { firstName: 'Ann\r\nBcc: all@example.com\u2028x\u0000' } };
    const rendered = renderTemplate('Hi {{ profile.firstName }}\n', on, { html: false, singleLine: true });
    expect(rendered.text).toBe('Hi Ann Bcc: all@example.com x');
  });

  it('writes dates in the person’s zone, of the time given, never of a clock', () => {
    expect(textOf('{{ "now" | date: "%Y-%m-%d %H:%M" }}')).toBe('2023-11-15 07:13');
    expect(textOf('{{ evidence.lastAtMs | date: "%H:%M", "UTC" }}')).toBe('22:13');
    expect(textOf('{{ "2026-01-31T10:00" | date: "%H:%M" }}')).toBe('19:00');
    expect(textOf('{{ evidence.lastAtMs | date }}')).toBe('15 November 2023');
    expect(textOf('{{ nothing | date }}|{{ "tomorrow" | date }}')).toBe('|tomorrow');
    // A day stays that day, west of Greenwich, too.
    expect(plain('{{ "2026-12-20" | date: "%-d %B" }}', { profile: { zone: 'America/New_York' } }).text).toBe(
      '20 December',
    );
    expect(html('{{ "now" | date }}', {}).text).toBe('');
  });

  it('stops sending with {% abort %} and says why', () => {
    expect(html('{% unless evidence.stock %}{% abort "nothing in stock" %}{% endunless %}')).toEqual({
      error: 'TEMPLATE_ABORT',
      text: null,
      message: 'nothing in stock',
    });
    expect(html('{% if false %}{% abort %}{% endif %}sent')).toEqual({ error: null, text: 'sent' });
  });
});

describe('placeholders of older systems', () => {
  it.each([
    ['Hi %%FirstName%%', 'Hi Ann'],
    ['%%first name%% %%FIRSTNAME%%', 'Ann Ann'],
    ['%%CustomerName%%', 'Ann'],
    ['%%plan%% %%odd name%%', 'gold x'],
    ['%%CompanyName%%', 'Shop &amp; Co'],
    ['{% raw %}%%FirstName%% {{ x }}{% endraw %}', '%%FirstName%% {{ x }}'],
    ['{{ "%%FirstName%%" }}', '%%FirstName%%'],
    ['50%% off, 100%%', '50%% off, 100%%'],
    ['%%Unknown%%', ''],
  ])('%s → %s', (template, text) => {
    expect(html(template)).toEqual({ error: null, text });
  });

  it.each(['%%=v(@name)=%%', '%%[ SET @a = 1 ]%%'])('refuses AMPscript by name: %s', (template) => {
    expect(html(template)).toMatchObject({ error: 'TEMPLATE_ERROR', message: expect.stringContaining('AMPscript') });
  });

  it('never reads a customer’s own words as template', () => {
    const on = { profile: { firstName: '%%Email%% {{ profile.email }} {% abort %}', email: 'secret@example.com' } };
    expect(plain('Hi %%FirstName%%', on).text).toBe('Hi %%Email%% {{ profile.email }} {% abort %}');
  });
});

describe('what a template reads', () => {
  it('is known before it runs', () => {
    const text =
      'Hi %%FirstName%% {% for p in evidence.products %}{{ p.name }}{% endfor %}{{ profile.traits["plan"] }}';
    expect(templateReads(text)).toEqual(['evidence.products', 'profile.firstName', 'profile.traits.plan']);
    expect(profileReads(text)).toEqual(['firstName', 'traits.plan']);
    expect(profileReads('{{ profile | json }}')).toEqual(['*']);
    expect(profileReads('{{ profile[event.name] }}')).toEqual(['*']);
    expect(templateReads('{{ broken')).toEqual([]);
  });

  it('and its faults are named with their place', () => {
    expect(checkTemplate('fine {{ profile.firstName }}')).toBeNull();
    expect(checkTemplate('a\n{{ profile.firstName | upcas }}')).toMatch(/upcas.*line:2/);
    expect(checkTemplate('{% if a %}')).toMatch(/not closed/);
    expect(checkTemplate('x'.repeat(400_001))).toMatch(/at most 400000/);
  });
});
