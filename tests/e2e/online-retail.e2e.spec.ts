import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { askMetrics, eventually, kairos, repository } from './kit/house.ts';

const folder = path.resolve(repository, process.env['KAIROS_SHARED_DATA'] ?? '../shared/data', 'online-retail');
const withData = existsSync(folder) ? it : it.skip;
if (!existsSync(folder))
  process.stdout.write(`skipped: the Online Retail data is not at ${folder}; set KAIROS_SHARED_DATA\n`);

interface Totals {
  readonly totals: Readonly<Record<string, string>>;
}

const figures = async (): Promise<Record<string, string>> => {
  const { totals } = await askMetrics<Totals>('/v1/totals?group=import');
  return { ...totals };
};

/** Net value of known customers, guests and adjustments together, to the penny. */
const expected = {
  'known.persons': '4372',
  'known.netValue': '8300065.81',
  'till.orders': '1427',
  'till.refunds': '182',
  'till.netValue': '1458744.18',
  adjustments: '-11062.06',
  together: '9747747.93',
};

const seen = (totals: Readonly<Record<string, string>>): Record<string, string> => {
  const number = (name: string): number => Number(totals[name] ?? 0);
  const adjustments = number('known.adjustmentValue') + number('till.adjustmentValue');
  return {
    'known.persons': totals['known.persons'] ?? '0',
    'known.netValue': number('known.netValue').toFixed(2),
    'till.orders': totals['till.orders'] ?? '0',
    'till.refunds': totals['till.refunds'] ?? '0',
    'till.netValue': number('till.netValue').toFixed(2),
    adjustments: adjustments.toFixed(2),
    together: (number('known.netValue') + number('till.netValue') + adjustments).toFixed(2),
  };
};

describe('Online Retail (UCI, Chen et al. 2012, CC BY 4.0)', () => {
  withData(
    'comes in through the collector with the figures of its answer key, starts no conversation, and a second time changes nothing',
    async () => {
      const first = await kairos(['import', 'online-retail', folder, '--json'], { timeoutMs: 200_000 });
      process.stdout.write(`import: ${first.stdout}`);
      expect(first).toMatchObject({ code: 0 });
      expect(JSON.parse(first.stdout)).toMatchObject({ sent: 25_900, refused: 0 });
      await eventually(
        'the figures of the import',
        async () => {
          const now = seen(await figures());
          return now['known.persons'] === expected['known.persons'] && now['together'] === expected.together;
        },
        180_000,
      ).catch(() => undefined);
      expect(seen(await figures())).toEqual(expected);

      const second = await kairos(['import', 'online-retail', folder, '--json'], { timeoutMs: 200_000 });
      expect(JSON.parse(second.stdout)).toMatchObject({ sent: 25_900, refused: 0 });
      await new Promise((resolve) => setTimeout(resolve, 15_000));
      expect(seen(await figures())).toEqual(expected);

      const { sent } = await askMetrics<{ sent: number }>('/v1/sent?source=import');
      expect(sent).toBe(0);
    },
    500_000,
  );
});
