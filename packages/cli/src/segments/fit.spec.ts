import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parsePlaybook, writeModel } from '@kairos/playbook';
import { Random } from '../shop/random.ts';
import { drawModel } from './draw-svg.ts';
import { DEFAULT_FEATURES, readFeatures } from './feature-text.ts';
import { fit } from './fit.ts';
import type { FitOptions } from './fit-types.ts';
import { growTree } from './grow-tree.ts';
import { type Person, personsOfFile } from './persons.ts';
import { adjustedRand } from './rand-index.fixture.ts';
import { SILHOUETTE_PERSONS, silhouetteOf } from './silhouette.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 30);

/** Two kinds of customers, drawn with a seed: many orders lately, and one long ago. */
function shop(count: number): readonly Person[] {
  const random = new Random(1);
  return Array.from({ length: count }, (_, at) => {
    const isKeen = at % 3 === 0;
    const orderCount = isKeen ? random.between(8, 20) : random.between(1, 2);
    const daysAgo = isKeen ? random.between(1, 10) : random.between(100, 300);
    return {
      personId: `user:${String(at).padStart(6, '0')}`,
      segments: isKeen ? ['keen'] : [],
      profile: {
        orderCount,
        netValue: orderCount * random.between(20, 40),
        lastOrderAtMs: NOW - daysAgo * DAY,
        traits: { plan: isKeen ? 'gold' : 'basic' },
      },
    };
  });
}

const options = (more: Partial<FitOptions> = {}): FitOptions => ({
  kind: 'kmeans',
  id: 'shoppers',
  features: readFeatures(DEFAULT_FEATURES),
  where: null,
  groups: 2,
  label: null,
  depth: 3,
  seed: 7,
  atMs: NOW,
  ...more,
});
const treeOptions = (more: Partial<FitOptions> = {}) =>
  options({ kind: 'tree', id: 'likely', label: 'profile.traits.plan', ...more });

describe('training', () => {
  it('gives the same model for the same persons and seed, and finds who is alike', () => {
    const persons = shop(300);
    const report = fit(persons, options());
    expect(fit(persons, options()).model).toEqual(report.model);
    expect(
      adjustedRand(
        report.assigned,
        persons.map(({ segments }) => segments.length),
      ),
    ).toBe(1);
    expect(report.groups.map((one) => one.persons)).toEqual([200, 100]);
    expect(report.groups[1]?.means.orders).toBeGreaterThan(8);
    expect(report.model.groups.map(({ id }) => id)).toEqual([
      'shoppers-high-recency-low-orders',
      'shoppers-low-recency-high-orders',
    ]);
  });

  it('learns a label, and is judged by persons that it had not seen', () => {
    const { model, quality, groups } = fit(shop(300), treeOptions());
    expect(quality).toMatch(/^accuracy 100\.0 % on 60 persons that it had not seen \(always the most frequent: /);
    expect(model.method === 'tree' && model.tree).toMatchObject({
      ifBelow: { group: expect.any(String) },
      otherwise: { group: expect.any(String) },
    });
    expect(groups.map(({ id, persons }) => [id, persons])).toEqual([
      ['likely-basic', 200],
      ['likely-gold', 100],
    ]);
    const ofSegment = fit(shop(300), treeOptions({ label: 'segment:keen' }));
    expect(ofSegment.groups.map(({ id }) => id)).toEqual(['likely-like-keen', 'likely-unlike-keen']);
  });

  it('writes what the playbook reads back as the same model', () => {
    for (const one of [options(), treeOptions()]) {
      const { model } = fit(shop(300), one);
      const { definitions, issues } = parsePlaybook([{ path: 'm.yaml', text: writeModel(model) }]);
      expect(issues).toEqual([]);
      expect(definitions).toEqual([{ ...model, version: expect.any(String) }]);
    }
  });

  it('draws persons over two features, and a tree by its questions', () => {
    const dots = drawModel(fit(shop(300), options()));
    expect(dots.match(/r="2\.5"/g)).toHaveLength(300);
    expect(dots).toContain('shoppers-high-recency-low-orders: 200 (66.7 %)');
    const tree = drawModel(fit(shop(300), treeOptions()));
    expect(tree).toMatch(/&lt; [\d.]+\?<\/text>/);
    for (const svg of [dots, tree]) expect(svg).not.toMatch(/NaN|undefined/);
  });

  it('says what to do where it cannot', () => {
    const all = shop(300);
    expect(() => fit(shop(5), options())).toThrow(
      'Of 5 persons there are 5, and a model needs at least 10: import more',
    );
    expect(() => fit(all, options({ where: 'profile.orderCount > 99' }))).toThrow('there are 0 for whom profile.order');
    expect(() => fit(all, options({ features: readFeatures('profile.refundCount') }))).toThrow(
      'The feature “refundCount” is the same for all 300 persons (0), so it tells nobody apart: leave it out',
    );
    expect(() => fit(all, options({ groups: 20, features: readFeatures('profile.orderCount') }))).toThrow(
      /different values, too few for 20 groups: lower --groups/,
    );
    expect(() => fit(all, treeOptions({ label: 'segment:kean' }))).toThrow(
      'nobody is in a segment of that name; there are keen.',
    );
    expect(() => fit(all, treeOptions({ label: 'profile.traits.size' }))).toThrow('nobody has it. Name another one');
    expect(() => fit(all, treeOptions({ label: 'profile.netValue' }))).toThrow('is also the feature “value”');
    expect(() => fit(all, treeOptions({ label: 'plan' }))).toThrow('write profile.traits.<name>, or segment:<id>');
    expect(() =>
      fit(all, treeOptions({ label: 'profile.lastOrderAtMs', features: readFeatures('profile.orderCount') })),
    ).toThrow(/different values, and a tree tells at most 20 apart/);
  });

  it('compares a sample where there are many, and says so', () => {
    const points = Array.from({ length: SILHOUETTE_PERSONS + 1 }, (_, at) => [at % 2 === 0 ? 0 : 10]);
    expect(
      silhouetteOf(
        points,
        points.map(([x]) => (x === 0 ? 0 : 1)),
        7,
      ),
    ).toEqual({ mean: 1, of: SILHOUETTE_PERSONS });
  });
});

describe('features', () => {
  it('are written as conditions write them', () => {
    expect(
      readFeatures(
        'a=daysSince(profile.lastOrderAtMs):log:missing=90, profile.counters["Added, twice"], daysSince(profile.firstSeenAtMs)',
      ),
    ).toEqual([
      { name: 'a', reads: 'daysSince', path: ['lastOrderAtMs'], log: true, whenMissing: 90 },
      { name: 'Added-twice', reads: 'value', path: ['counters', 'Added, twice'], log: false, whenMissing: null },
      { name: 'daysSinceFirstSeen', reads: 'daysSince', path: ['firstSeenAtMs'], log: false, whenMissing: null },
    ]);
  });

  it('that are not say what to do', () => {
    expect(() => readFeatures('profile.orderCuont')).toThrow(
      'has no field “orderCuont”: did you mean profile.orderCount?',
    );
    expect(() => readFeatures('orderCount')).toThrow('“orderCount” is no feature: write [name=]profile.<path>');
    expect(() => readFeatures('daysSince(profile.lastOrderAtMs')).toThrow('is no feature');
    expect(() => readFeatures('profile.email')).toThrow('profile.email holds no number: known are traits');
    expect(() => readFeatures('profile.orderCount:missing=1.2.3')).toThrow('“1.2.3” is no number');
    expect(() => readFeatures('profile.orderCount, profile.orderCount')).toThrow('names “orderCount” twice');
    expect(() => readFeatures(' , ')).toThrow('names none');
  });
});

describe('a question', () => {
  it('is found between values that many share, whatever their labels', () => {
    // ml-cart answers 1 here, which tells nobody apart.
    const points = [[1], [1], [2], [2], [2], [2]];
    const tree = growTree({ points, labelled: [1, 0, 0, 0, 0, 0] }, { labels: 2, maxDepth: 1, minPersons: 1 });
    expect(tree).toMatchObject({ feature: 0, below: 1.5, ifBelow: { counts: [1, 1] }, otherwise: { counts: [4, 0] } });
  });

  it('leaves no end with fewer persons than asked', () => {
    const points = Array.from({ length: 20 }, (_, at) => [at]);
    const labelled = points.map(([x]) => (x === 0 ? 1 : 0));
    const tree = growTree({ points, labelled }, { labels: 2, maxDepth: 1, minPersons: 5 });
    expect(tree).toMatchObject({ below: 4.5 });
  });
});

describe('persons of a file', () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'kairos-')), 'persons.ndjson');
  const read = (text: string) => {
    writeFileSync(file, text);
    return personsOfFile(file, () => {});
  };

  it('are read in order of id, the profile as an object or as its JSON text', async () => {
    expect(
      await read('{"personId":"b","profile":{"x":1}}\n\n{"personId":"a","profile":"{\\"x\\":2}","segments":["s"]}\n'),
    ).toEqual([
      { personId: 'a', profile: { x: 2 }, segments: ['s'] },
      { personId: 'b', profile: { x: 1 }, segments: [] },
    ]);
  });

  it('that are none are refused by their line', async () => {
    await expect(read('{"personId":"a","profile":{}}\nnonsense\n')).rejects.toThrow(
      `${file}:2 is no JSON object: give one`,
    );
    await expect(read('{"profile":{}}')).rejects.toThrow(`${file}:1 has no personId`);
    await expect(read('{"personId":"a"}')).rejects.toThrow(`${file}:1 has no profile`);
    await expect(personsOfFile(`${file}.not`, () => {})).rejects.toThrow('could not be read');
  });
});
