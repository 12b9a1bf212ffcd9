import { expect, it, describe as room } from '@jest/globals';
import { describe } from './describe.ts';
import { parsePlaybook } from './parse-playbook.ts';
import { scaleDurations } from './scale.ts';

const read = (yaml: string) => parsePlaybook([{ path: 'traits.yaml', text: yaml }]);
const faults = (yaml: string) => read(yaml).issues.map(({ path, message, remedy }) => `${path}: ${message}; ${remedy}`);
const trait = (fields: string) => `{ kind: ComputedTrait, id: basket, of: Order Completed, ${fields} }`;
const average = trait('compute: average, value: properties.total, within: 30d');
const segment = (where: string) => `\n---\n{ kind: Segment, id: s, where: '${where}' }`;

room('a computed trait in the playbook', () => {
  it('is said as a sentence', () => {
    const [one] = read(average).definitions;
    expect(one && describe(one)).toBe(
      '“basket” is the average of its total over all “Order Completed” in the last 30 days.',
    );
    const [two] = read(trait('where: properties.total > 5, compute: count')).definitions;
    expect(two && describe(two)).toBe(
      '“basket” is how often a person did “Order Completed” where total is more than 5 since this was published.',
    );
  });

  it('is divided in its window for a demonstration', () => {
    const [scaled] = scaleDurations(read(average).definitions, 60);
    expect(scaled).toMatchObject({ withinMs: 12 * 3_600_000, version: expect.stringMatching(/-x60$/) });
  });

  it('needs a value, but to count', () => {
    expect(faults(trait('compute: sum'))).toEqual([expect.stringContaining('value: is missing')]);
    expect(faults(trait('compute: count, value: properties.total'))).toEqual([
      expect.stringContaining('value: must be left out with count'),
    ]);
    expect(faults(trait('compute: count, within: 400d'))).toEqual([expect.stringContaining('at most 365d')]);
  });

  it('has an id that conditions can read', () => {
    for (const id of ['order-value', 'Orders', '1st', 'constructor', 'in'])
      expect(faults(`{ kind: ComputedTrait, id: ${id}, of: X, compute: count }`)).not.toEqual([]);
  });

  it('asks the event only, so that the order of arrival decides nothing', () => {
    expect(faults(trait('compute: count, where: profile.orderCount > 1'))).toEqual([
      expect.stringContaining('where: a computed trait sees event and properties only'),
    ]);
  });

  it('is known by name and type wherever it is read', () => {
    expect(faults(`${average}${segment('profile.computed.basket >= 5')}`)).toEqual([]);
    expect(faults(`${average}${segment('profile.computed.baskte >= 5')}`)).toEqual([
      'where: there is no computed trait “baskte”; did you mean “basket”?',
    ]);
    expect(faults(segment('profile.computed.x >= 5').slice(5))).toEqual([
      expect.stringContaining('where: there is no computed trait “x”'),
    ]);
    expect(faults(`${average}${segment('profile.computed.basket == "much"')}`)).toEqual([
      expect.stringContaining('“profile.computed.basket” is a number and “"much"” is a text: they never compare.'),
    ]);
    const message = (read: string) =>
      `\n---\n{ kind: Message, id: m, purpose: service, channels: { sms: { text: '{{ profile.computed.${read} }}' } } }`;
    expect(faults(`${average}${message('basket')}`)).toEqual([]);
    expect(faults(`${average}${message('bsket')}`)).toEqual([expect.stringContaining('no computed trait “bsket”')]);
  });

  it('is checked against the tracking plan', () => {
    const plan = '\n---\n{ kind: TrackingPlan, id: p, events: { Order Completed: { properties: { total: number } } } }';
    expect(faults(`${average}${plan}`)).toEqual([]);
    expect(faults(`${trait('compute: sum, value: properties.totl')}${plan}`)).toEqual([
      expect.stringContaining('knows no property “totl”'),
    ]);
  });
});
