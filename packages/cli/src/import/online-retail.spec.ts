import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { londonMs } from './london-time.ts';
import { readOnlineRetail } from './online-retail.ts';

describe('London wall time', () => {
  it('is UTC in winter and an hour ahead in summer', () => {
    expect(londonMs('2010-12-01 08:26:00')).toBe(Date.UTC(2010, 11, 1, 8, 26));
    expect(londonMs('2011-06-01 08:26:00')).toBe(Date.UTC(2011, 5, 1, 7, 26));
  });

  it('refuses what is not a time, naming it', () => {
    expect(() => londonMs('soon')).toThrow('"soon"');
  });
});

const folder = path.resolve(
  import.meta.dirname,
  process.env.KAIROS_SHARED_DATA ?? '../../../../../shared/data',
  'online-retail',
);
const withData = existsSync(folder) ? it : it.skip;
if (!existsSync(folder))
  process.stdout.write(`skipped: the Online Retail data is not at ${folder} (set KAIROS_SHARED_DATA)\n`);

describe('Online Retail', () => {
  withData(
    'becomes one call per invoice, with the totals that its answer key gives',
    async () => {
      const calls = await readOnlineRetail(folder, () => {});
      const of = (event: string) => calls.filter((call) => call.event === event);
      const sum = (list: typeof calls) =>
        Math.round(list.reduce((total, call) => total + Number(call.properties.total) * 1000, 0)) / 1000;
      expect(calls).toHaveLength(25_900);
      expect(of('Order Completed')).toHaveLength(19_959);
      expect(of('Order Completed').filter((call) => call.userId !== undefined)).toHaveLength(18_532);
      expect(of('Order Refunded')).toHaveLength(3_836);
      expect(sum(of('Order Completed').filter((call) => call.userId !== undefined))).toBe(8_911_407.904);
      expect(
        sum(of('Order Completed')) -
          sum(of('Order Refunded')) +
          sum([...of('Stock Adjusted'), ...of('Account Adjusted')]),
      ).toBeCloseTo(9_747_747.93, 2);
      expect(new Set(calls.map((call) => call.messageId)).size).toBe(25_900);
    },
    60_000,
  );
});
