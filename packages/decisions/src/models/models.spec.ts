import { describe, expect, it } from '@jest/globals';
import type { Definition } from '../definitions.ts';
import { OneProfile, playbookWith, segmentOf, T0 } from '../profiles/profile.fixture.ts';
import { compileFeature } from './compile-model.ts';
import { featurePathFault, readFeaturePath, writeFeaturePath } from './feature-path.ts';
import { featureOf, kmeansOf, treeOf } from './model.fixture.ts';

const DAY = 86_400_000;
const order = { name: 'Order Completed', properties: { total: 10 } };
const groupIn = (definition: Definition, profile: Readonly<Record<string, unknown>>, now = T0) =>
  playbookWith(definition).models[0]?.groupOf({ profile, now });

describe('a feature', () => {
  it('is the number at its path, on the scale of the model', () => {
    const read = compileFeature(featureOf('value', ['netValue'], { log: true, mean: 1, sd: 2 }));
    expect(read({ netValue: Math.E - 1 }, T0)).toBeCloseTo(0, 12);
    expect(read({ netValue: -(Math.E ** 3 - 1) }, T0)).toBeCloseTo(-2, 12);
  });

  it('is the stated value for whoever has no number there', () => {
    const read = compileFeature(featureOf('age', ['traits', 'age'], { whenMissing: 40, sd: 10 }));
    for (const age of [undefined, null, 'old', Number.NaN, Number.POSITIVE_INFINITY, {}]) {
      expect(read({ traits: { age } }, T0)).toBe(4);
    }
    expect(read({}, T0)).toBe(4);
    expect(read({ traits: { age: true } }, T0)).toBe(0.1);
  });

  it('counts the days since a time, none for what lies ahead', () => {
    const read = compileFeature(featureOf('silence', ['lastOrderAtMs'], { reads: 'daysSince', whenMissing: 400 }));
    expect(read({ lastOrderAtMs: T0 - 1.5 * DAY }, T0)).toBe(1.5);
    expect(read({ lastOrderAtMs: T0 + DAY }, T0)).toBe(0);
    expect(read({ lastOrderAtMs: null }, T0)).toBe(400);
  });

  it('reads only what the profile itself has', () => {
    expect(compileFeature(featureOf('x', ['traits', 'constructor', 'length']))({ traits: {} }, T0)).toBe(0);
  });

  it('has a path as conditions write it', () => {
    expect(readFeaturePath('profile.orderCount')).toEqual(['orderCount']);
    expect(readFeaturePath('profile.counters["Product Viewed"]')).toEqual(['counters', 'Product Viewed']);
    for (const text of ['profile', 'orderCount', 'profile.', 'profile.a[0]', 'profile.a b', 'profiles.a'])
      expect(readFeaturePath(text)).toBeNull();
    for (const text of ['profile.traits.age', 'profile.counters["Product Viewed"]'])
      expect(writeFeaturePath(readFeaturePath(text) ?? [])).toBe(text);
    expect(featurePathFault(['orderCounts'])?.unknown).toBe('orderCounts');
    expect(featurePathFault(['email'])).not.toBeNull();
    expect(featurePathFault(['counters'])).not.toBeNull();
    expect(featurePathFault(['counters', 'Product Viewed'])).toBeNull();
  });
});

describe('a model', () => {
  it('puts a person into the group with the nearest centre, of two equally near into the first', () => {
    const groups = [0, 4, 5, 6, 10].map((orderCount) => groupIn(kmeansOf(), { orderCount }));
    expect(groups).toEqual(['few', 'few', 'few', 'many', 'many']);
  });

  it('goes down the questions of a tree: below the one way, at or above the other', () => {
    expect(groupIn(treeOf(), { orderCount: 0 })).toBe('never');
    expect(groupIn(treeOf(), { orderCount: 1, lastOrderAtMs: T0 - 30 * DAY + 1 })).toBe('fresh');
    expect(groupIn(treeOf(), { orderCount: 1, lastOrderAtMs: T0 - 30 * DAY })).toBe('faded');
  });

  it('groups only whom it asks about', () => {
    const model = kmeansOf({ where: 'profile.orderCount > 0' });
    expect(groupIn(model, { orderCount: 0 })).toBeNull();
    expect(groupIn(model, { orderCount: 1 })).toBe('few');
  });

  it('that does not fit is switched off with its fault, and its neighbours are not', () => {
    const playbook = playbookWith(kmeansOf({ centres: [[0, 1], [10]] }), treeOf(), segmentOf('a', 'true'));
    expect(playbook.faults).toMatchObject([{ kind: 'Model', id: 'buyers', field: 'groups.0.centre' }]);
    expect(playbook.models.map((one) => one.groupOf({ profile: { orderCount: 0 }, now: T0 }))).toEqual([null, 'never']);
  });

  it('has nobody in its groups where one of them is another segment already', () => {
    const playbook = playbookWith(kmeansOf(), segmentOf('many', 'true'));
    expect(playbook.faults).toMatchObject([{ kind: 'Model', field: 'groups.1.id' }]);
    const ada = new OneProfile(playbook);
    expect(ada.sees({}).event.segments).toEqual(['many']);
  });
});

describe('a person', () => {
  const playbook = playbookWith(kmeansOf({ centres: [[0], [2]] }), segmentOf('kept', '"many" in segments'));

  it('enters and leaves the groups of a model with the event that changes it, and rules may ask for them', () => {
    const ada = new OneProfile(playbook);
    expect(ada.sees({}).event).toMatchObject({ segments: ['few'], segmentsEntered: ['few'], segmentsLeft: [] });
    expect(ada.sees(order).event).toMatchObject({ segments: ['few'], segmentsEntered: [], segmentsLeft: [] });
    expect(ada.sees(order).event).toMatchObject({
      segments: ['many', 'kept'],
      segmentsEntered: ['many', 'kept'],
      segmentsLeft: ['few'],
    });
  });
});
