import { expect, it } from '@jest/globals';
import { works } from './segments/works.ts';

it.each(['kmeans', 'tree'] as const)(
  'the segments bench trains a %s model and finds a group for everybody',
  async (kind) => {
    const fitted = await works.fits.run({ kind, persons: 200 });
    expect(fitted.groups).toBe(kind === 'kmeans' ? 5 : 2);
    const assigned = await works.assigns.run({ kind, persons: 200, rounds: 2 });
    expect(assigned.found).toBe(400);
  },
);

it.each(['none', 'kmeans', 'rules'] as const)(
  'the segments bench takes events through enrich with segments: %s',
  async (segmented) => {
    const { entered } = await works.enriches.run({ events: 4_000, segmented });
    if (segmented === 'none') expect(entered).toBe(0);
    else expect(entered).toBeGreaterThan(0);
  },
);
