import { CliError } from '../exit.ts';
import type { FitOptions, Fitted } from './fit-types.ts';
import { rounded } from './rounded.ts';
import { silhouetteOf } from './silhouette.ts';
import { meansOf, type Table } from './table.ts';
import { trainKMeans } from './train-kmeans.ts';

/** How far from the mean, in deviations, a centre must lie to be named by it. */
const TELLING = 0.4;

export function fitKMeans(table: Table, { id, groups, seed, atMs, where }: FitOptions): Fitted {
  const distinct = new Set(table.points.map((point) => point.join())).size;
  if (distinct < groups) {
    throw new CliError(
      `${table.points.length} persons have ${distinct} different values, too few for ${groups} groups: lower --groups, or add a feature.`,
    );
  }
  const { centres, assigned } = trainKMeans(table.points, { groups, seed });
  const silhouette = silhouetteOf(table.points, assigned, seed);
  const names = namesOf(centres, table, id);
  const sample = silhouette.of < table.points.length ? `, on a sample of ${silhouette.of}` : '';
  return {
    model: {
      kind: 'Model',
      id,
      description: `${groups} groups by ${table.features.map(({ name }) => name).join(', ')}`,
      owner: '',
      status: 'live',
      where,
      method: 'kmeans',
      features: table.features.map((feature) => ({
        ...feature,
        whenMissing: rounded(feature.whenMissing),
        mean: rounded(feature.mean),
        sd: rounded(feature.sd),
      })),
      groups: centres.map((_, at) => ({ id: names[at] ?? '', description: wordsOf(table, assigned, at) })),
      centres: centres.map((centre) => centre.map(rounded)),
      trained: { atMs, persons: table.points.length, seed, quality: rounded(silhouette.mean) },
    },
    quality: `silhouette ${silhouette.mean.toFixed(3)}${sample} (1 = far apart, 0 = they touch)`,
  };
}

/** By what sets a group apart most, such as `shoppers-high-orders-low-recency`; to be changed by whoever knows better. */
function namesOf(centres: readonly (readonly number[])[], { features }: Table, id: string): readonly string[] {
  const names: string[] = [];
  for (const centre of centres) {
    const telling = centre
      .map((deviation, at) => ({ deviation, name: features[at]?.name ?? '' }))
      .filter(({ deviation }) => Math.abs(deviation) >= TELLING)
      .sort((a, b) => Math.abs(b.deviation) - Math.abs(a.deviation))
      .slice(0, 2)
      .map(({ deviation, name }) => `${deviation > 0 ? 'high' : 'low'}-${name}`);
    const words = telling.length === 0 ? ['typical'] : telling;
    const name = idOf([id, ...words].join('-'));
    const same = names.filter((one) => one === name || one.startsWith(`${name}.`)).length;
    names.push(same === 0 ? name : `${name}.${same + 1}`);
  }
  return names;
}

/** What an id may be made of. */
export const idOf = (text: string): string =>
  text
    .replaceAll(/([a-z\d])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/^[^a-z0-9]+|-+$/g, '')
    .slice(0, 70);

function wordsOf(table: Table, assigned: readonly number[], group: number): string {
  const rows = assigned.flatMap((one, row) => (one === group ? [row] : []));
  const means = meansOf(table, rows);
  return table.features
    .map(({ name, reads }, at) => `${name} ${showNumber(means[at] ?? 0)}${reads === 'daysSince' ? ' days' : ''}`)
    .join(', ')
    .concat(' on average');
}

export const showNumber = (number: number): string =>
  number.toLocaleString('en', { maximumFractionDigits: Math.abs(number) < 100 ? 1 : 0 });
