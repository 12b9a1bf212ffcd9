import { expect, it } from '@jest/globals';
import { renderTemplate } from './template.ts';

// What an attacker who may write templates, or whose words reach one, would try. None may read a file or a global,
// run code, or hold the process for long.
const data = {
  profile: { firstName: 'Ann', traits: { list: [1, 2, 3] } },
  evidence: { html: '<script>alert(1)</script>', quote: `" onload="x`, tick: "' onload='x" },
  now: 1_700_000_000_000,
};

const refused = [
  '{% include "/etc/passwd" %}',
  '{% render "../../package.json" %}',
  '{% layout "x" %}{% block a %}{% endblock %}',
  '{% include profile.firstName %}',
  '{{ evidence.html | raw }}',
  '{{ profile.traits.list | where_exp: "x", "x > 1" }}',
  '{{ profile.traits.list | group_by_exp: "x", "x" }}',
  '{{ profile.traits.list | sample }}',
  '{{ "x" | constructor }}',
  '{{ "x" | __proto__ }}',
  '{{ "x" | toString }}',
  '{% constructor %}',
  '{% toString %}',
  '%%=ContentBlockByName("x")=%%',
  '%%[ SET @x = 1 ]%%',
  '{% for i in (1..100000000) %}x{% endfor %}',
  '{% for i in (1..9999) %}{% for j in (1..9999) %}{% for k in (1..9999) %}x{% endfor %}{% endfor %}{% endfor %}',
  '{% assign a = "xxxxxxxxxxxxxxxx" %}{% for i in (1..60) %}{% assign a = a | append: a %}{% endfor %}{{ a }}',
  '{% assign a = "x" %}{% for i in (1..60) %}{% capture a %}{{ a }}{{ a }}{% endcapture %}{% endfor %}{{ a }}',
  '{{ "x" | replace: "", "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy" | append: broken',
  '{% if a %}{% if b %}{% for c in d %}',
  '{{ }} {% %}',
  `{{ ${'a.'.repeat(300_000)}b }}`,
];

const harmless = [
  '{{ profile.constructor }}',
  '{{ profile.constructor.constructor }}',
  '{{ profile.__proto__ }}',
  '{{ profile["__proto__"]["constructor"] }}',
  '{{ profile.firstName.constructor }}',
  '{{ profile.traits.list.constructor }}',
  '{{ this }}{{ global }}{{ globalThis }}{{ process }}{{ require }}{{ module }}',
  '{{ process.env.HOME }}',
  '{{ profile.toString }}{{ profile.hasOwnProperty }}',
  '{{ profile.firstName.__defineGetter__ }}',
  '{% assign x = profile.constructor %}{{ x.prototype }}',
  '{% assign __proto__ = "x" %}{{ profile.polluted }}',
  '{{ "__proto__" | split: "," | first.constructor }}',
];

it.each(refused)('%#: refuses or stops %s', (template) => {
  const startedAt = performance.now();
  const rendered = renderTemplate(template, data, { html: true });
  expect(rendered).toMatchObject({ error: 'TEMPLATE_ERROR', text: null });
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

it.each(harmless)('%#: gives nothing away for %s', (template) => {
  const rendered = renderTemplate(template, data, { html: true });
  expect(rendered.text ?? '').not.toMatch(/function|native code|\[object|root:|\/home/);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect('polluted' in {}).toBe(false);
});

it.each([
  '{{ evidence.html }}',
  '<img alt="{{ evidence.quote }}">',
  "<img alt='{{ evidence.tick }}'>",
  '{% capture c %}{{ evidence.html }}{% endcapture %}{{ c }}',
  '{{ evidence.html | append: evidence.quote }}',
  '{{ evidence.html | split: "x" | join: "x" }}',
  '{{ evidence | json }}',
  '{% cycle evidence.html, "b" %}',
  '{% echo evidence.html %}',
  '{% for pair in evidence %}{{ pair[1] }}{% endfor %}',
  '{% tablerow x in evidence %}{{ x }}{% endtablerow %}',
])('lets no markup of a customer through: %s', (template) => {
  const rendered = renderTemplate(template, data, { html: true });
  expect(rendered.error).toBeNull();
  expect(rendered.text).not.toMatch(/<script|" onload|' onload/);
});

it('keeps working after an attack', () => {
  expect(renderTemplate('{{ profile.firstName }}', data, { html: true })).toEqual({ error: null, text: 'Ann' });
});
