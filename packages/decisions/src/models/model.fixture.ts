import type { ModelDefinition, ModelFeature } from './definition.ts';

export const featureOf = (name: string, path: readonly string[], more: Partial<ModelFeature> = {}): ModelFeature => ({
  name,
  path,
  reads: 'value',
  whenMissing: 0,
  log: false,
  mean: 0,
  sd: 1,
  ...more,
});

const common = {
  version: '1',
  description: '',
  owner: '',
  status: 'live',
  kind: 'Model',
  where: null,
  trained: null,
} as const;
type KMeans = Extract<ModelDefinition, { method: 'kmeans' }>;
type Tree = Extract<ModelDefinition, { method: 'tree' }>;

/** Two groups by the number of orders: around none, and around ten. */
export const kmeansOf = (more: Partial<KMeans> = {}): KMeans => ({
  ...common,
  id: 'buyers',
  method: 'kmeans',
  features: [featureOf('orders', ['orderCount'])],
  groups: [
    { id: 'few', description: '' },
    { id: 'many', description: '' },
  ],
  centres: [[0], [10]],
  ...more,
});

/** Who bought within 30 days, who bought before that, who never did. */
export const treeOf = (more: Partial<Tree> = {}): Tree => ({
  ...common,
  id: 'recency',
  method: 'tree',
  features: [
    featureOf('orders', ['orderCount']),
    featureOf('silence', ['lastOrderAtMs'], { reads: 'daysSince', whenMissing: 400 }),
  ],
  groups: [
    { id: 'never', description: '' },
    { id: 'fresh', description: '' },
    { id: 'faded', description: '' },
  ],
  tree: {
    feature: 'orders',
    below: 0.5,
    ifBelow: { group: 'never' },
    otherwise: { feature: 'silence', below: 30, ifBelow: { group: 'fresh' }, otherwise: { group: 'faded' } },
  },
  ...more,
});
