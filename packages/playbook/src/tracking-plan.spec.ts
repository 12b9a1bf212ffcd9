import { describe as chapter, expect, it } from '@jest/globals';
import { compilePlaybook, type SourceDefinition } from '@kairos/decisions';
import { describe } from './describe.ts';
import { formatIssue } from './lint-issue.ts';
import { parsePlaybook } from './parse-playbook.ts';
import { toPublished } from './publish.ts';

const plan = `kind: TrackingPlan
id: shop
events:
  Product Added: { properties: { cart_id: string, price: number, sold_at: datetime, tags: array, currency: { type: string, values: [EUR, GBP] }, address: object, address.city: string } }
  Order Completed:
    properties:
      total: { type: number, required: true }
      gift: boolean
      products: array
      products[].sku: string
`;
const message = `kind: Message
id: hello
purpose: marketing
channels: { email: { subject: S, body: "<p>{{ evidence.properties.BODY }}</p>" } }
`;
const trigger = (when: string, more = '') =>
  `kind: Trigger\nid: t\nstatus: live\npurpose: marketing\n${when}\nsend: hello\n${more}`;
const parse = (text: string, planned = plan, body = 'price') =>
  parsePlaybook([
    { path: 'a.yaml', text },
    { path: 'm.yaml', text: message.replace('BODY', body) },
    ...(planned === '' ? [] : [{ path: 'plan.yaml', text: planned }]),
  ]);
const issuesOf = (text: string, planned = plan, body = 'price') => parse(text, planned, body).issues.map(formatIssue);
const where = (condition: string) => trigger(`when: { did: Product Added, where: '${condition}' }`);

chapter('lint against the tracking plan', () => {
  it('names the place, the value and the nearest planned property of a typing error', () => {
    expect(issuesOf(where('properties.prise > 5'))).toEqual([
      'a.yaml:5:14 error when.did: The tracking plan knows no property “prise” of “Product Added”. (properties.prise > 5) — did you mean “price”?',
    ]);
    expect(
      issuesOf(
        trigger(
          'when: { did: Order Completed }',
          'goal: { event: Order Completed, within: 1d, value: properties.totl }\n',
        ),
        plan,
        'total',
      ),
    ).toEqual([
      'a.yaml:7:52 error goal.value: The tracking plan knows no property “totl” of “Order Completed”. (properties.totl) — did you mean “total”?',
    ]);
  });

  it.each([
    ['properties.price == "5"', /“properties\.price” is a number and “"5"” is a text: they never compare/],
    ['"5" < properties.price', /is a text and “properties\.price” is a number/],
    ['properties.cart_id > 5', /“properties\.cart_id” is a text and “5” is a number/],
    ['properties.cart_id in [1]', /“properties\.cart_id” is a text and “1” is a number/],
    ['"a" in properties.price', /“properties\.price” is a number, not a list/],
    ['properties.price.startsWith("a")', /is a number, and startsWith asks for a text/],
    ['properties.price.exists(x, x > 1)', /is a number, and exists asks for a list/],
    ['properties.cart_id - 1 > 0', /“properties\.cart_id” is a text, not a number/],
    ['properties.cart_id + 1 == "a"', /can.t be added/],
    ['properties.price', /“properties\.price” is a number, not true or false/],
    ['properties.cart_id && true', /“properties\.cart_id” is a text, not true or false/],
    ['properties.price == properties.cart_id', /is a number and “properties\.cart_id” is a text/],
    ['properties.currency == "EURO"', /allows no “"EURO"” for currency.*did you mean “EUR”/],
    ['properties.currency in ["GBP", "EUT"]', /allows no “"EUT"” for currency.*“EUR”/],
    ['properties["prise"] == 1', /no property “prise”.*“price”/],
    ['has(properties.prise)', /no property “prise”/],
    ['size(properties.tgs) > 1', /no property “tgs”.*“tags”/],
    ['properties.address.cty == "Bonn"', /no property “cty” of address of “Product Added”.*“city”/],
    ['properties.price.net > 1', /no property “net” of price/],
    ['properties.tags.exists(x, properties.prise == x)', /no property “prise”/],
    ['properties.sold_at == true', null],
    ['properties.sold_at > "2026-01-01" && properties.sold_at > 5', null],
    ['properties.address.city == "Bonn" && properties.tags.exists(x, x == "a") && size(properties.cart_id) > 1', null],
    [
      'properties.tags[0] == 5 && "a" in properties.tags && properties.price * 2 > 5 && properties[profile.traits.x] == 1',
      null,
    ],
    ['properties.price == null || !has(properties.cart_id) || properties.currency != "EUR"', null],
    ['profile.traits.price == "5"', null],
  ])('of %s it says %s', (condition, pattern) => {
    const issues = issuesOf(where(condition.replaceAll("'", "''")));
    if (pattern === null) expect(issues).toEqual([]);
    else expect(issues.join('\n')).toMatch(pattern);
    expect(issues.length).toBeLessThan(2);
  });

  it('looks into lists where the plan says what their elements are', () => {
    const about = (text: string) =>
      issuesOf(trigger(`when: { did: Order Completed, where: '${text}' }`), plan, 'total');
    expect(about('properties.products[0].sku == "a"')).toEqual([]);
    expect(about('properties.products[0].skuu == "a"').join()).toMatch(/no property “skuu” of products.*“sku”/);
    expect(about('properties.products[0].sku == 1').join()).toMatch(/is a text and “1” is a number/);
    expect(about('properties.products.sku == "a"').join()).toMatch(/no property “sku” of products/);
  });

  it('changes nothing without a plan, with a draft of one, and for events that no plan names', () => {
    expect(issuesOf(where('properties.prise == "5"'), '')).toEqual([]);
    expect(issuesOf(where('properties.prise == "5"'), plan.replace('id: shop', 'id: shop\nstatus: draft'))).toEqual([]);
    expect(issuesOf(trigger('when: { did: Page Viewed, where: properties.anything == 1 }'))).toEqual([]);
  });

  it('warns of an event that no plan names, with the nearest one', () => {
    expect(issuesOf(trigger('when: { did: Product Aded, butNot: Order Completed, within: 1h }'))).toEqual([
      'a.yaml:5:14 warning when.did: no tracking plan names the event “Product Aded” (Product Aded) — did you mean “Product Added”? (or add it to the tracking plan)',
    ]);
  });

  it('warns where an event lacks the key of oncePer, and says no where every event does', () => {
    const absence = (key: string) =>
      trigger('when: { did: Product Added, butNot: Order Completed, within: 1h }', `oncePer: ${key}\n`);
    expect(issuesOf(absence('[properties.cart_id, person]'))).toEqual([
      'a.yaml:7:10 warning oncePer: the tracking plan knows no property “cart_id” of “Order Completed” (properties.cart_id) — an event that lacks the key concerns all instances of the person; plan the property if it is sent',
    ]);
    expect(issuesOf(absence('properties.cartid')).join('\n')).toMatch(
      /error oncePer: the tracking plan knows no property “cartid” of “Product Added”.*did you mean “cart_id”/,
    );
  });

  it('checks what templates and branches read of the evidence, over all events that it may be', () => {
    const one = trigger('when: { did: Product Added }');
    expect(issuesOf(one, plan, 'prce').join()).toMatch(
      /m\.yaml:4:40 error channels\.email\.body: .*no property “prce”.*“price”/,
    );
    expect(issuesOf(trigger('when: { did: [Product Added, Order Completed] }'), plan, 'price')).toEqual([]);
    const journey = (text: string) =>
      `${one.replace('send: hello\n', '')}---\nkind: Journey\nid: j\nstartsWith: t\nsteps:\n  - send: hello\n  - branch: [ { if: '${text}', steps: [exit] } ]\n`;
    expect(issuesOf(journey('evidence.properties.price > 5'))).toEqual([]);
    expect(issuesOf(journey('evidence.properties.prise > 5')).join()).toMatch(
      /error steps\.1\.branch\.0\.if: The tracking plan knows no property “prise”/,
    );
  });

  it('finds what is wrong with a plan itself', () => {
    const event = (name: string, properties: string) =>
      `kind: TrackingPlan\nid: p\nevents: { ${name}: { properties: { ${properties} } } }\n`;
    const body = (text: string) =>
      parsePlaybook([{ path: 'p.yaml', text }])
        .issues.map(formatIssue)
        .join('\n');
    expect(body(event('A', 'x: strng'))).toMatch(/p\.yaml:3:.*events\.A\.properties\.x: .*“string”/);
    expect(body(event('A', '"x y": string'))).toMatch(/must be a name, or a path such as address\.city/);
    expect(body(event('A', 'x: string, "x[].y": string'))).toMatch(
      /events\.A\.properties\.x: is a string, and “x\[\]” has fields.*array/,
    );
    expect(body(event('A', 'x: string, x.y: string'))).toMatch(/is a string, and has fields below it.*object/);
    expect(body(event('A', 'x: { type: number, values: [a] }'))).toMatch(/“a” is no number/);
    expect(body(`${plan}---\n${event('Order Completed', '')}`)).toMatch(
      /“Order Completed” is planned by “shop” already/,
    );
  });

  it('is read aloud, and tells of sources that are strict', () => {
    const { definitions } = parse(trigger('when: { did: Product Added }'));
    const shop = definitions.find(({ kind }) => kind === 'TrackingPlan');
    expect(shop === undefined ? '' : describe(shop)).toBe(
      'The tracking plan “shop” agrees on 2 events: “Product Added” and “Order Completed” with total.',
    );
    const source = (more: string) =>
      parsePlaybook([{ path: 's.yaml', text: `kind: Source\nid: web\ntype: browser\n${more}` }])
        .definitions[0] as SourceDefinition;
    expect(describe(source('onNonconforming: refuse\nunplanned: allow\n'))).toMatch(
      /; events that do not keep to the tracking plan are refused; events that the plan does not name are taken in\.$/,
    );
    expect(describe(source(''))).not.toMatch(/plan/);
    expect(source('').version).toBe(source('onNonconforming: flag\n').version);
    expect(compilePlaybook(toPublished(definitions, { offset: 0, timeScale: 60 })).tracking?.events.size).toBe(2);
  });
});
