import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { ImportCall } from './event/call.ts';
import { callsOf, itemsOf, refusalsOf } from './import.fixture.ts';
import { readMapping } from './mapping/read-mapping.ts';
import { findFiles } from './rows/find-files.ts';

const folder = path.resolve(
  import.meta.dirname,
  process.env.KAIROS_SHARED_DATA ?? '../../../../../shared/data',
  'online-retail',
);
const withData = existsSync(folder) ? it : it.skip;
if (!existsSync(folder))
  process.stdout.write(`skipped: the Online Retail data is not at ${folder} (set KAIROS_SHARED_DATA)\n`);

describe('Online Retail (UCI, Chen et al. 2012, CC BY 4.0)', () => {
  withData(
    'becomes one call per invoice by its mapping, with the figures of its answer key',
    async () => {
      const read = await readMapping('online-retail');
      const items = await itemsOf(read, await findFiles([folder], read.mapping.file.names));
      const calls = callsOf(items);
      const of = (event: string) => calls.filter((call) => call.event === event);
      const sum = (list: readonly ImportCall[]) =>
        Math.round(list.reduce((total, call) => total + Number(call.properties.total) * 1000, 0)) / 1000;
      const rowsIn = (list: readonly ImportCall[]) =>
        list.reduce((rows, { properties }) => rows + (properties.products as unknown[]).length, 0);
      expect(refusalsOf(items)).toEqual([]);
      expect(calls).toHaveLength(25_900);
      expect(rowsIn(calls)).toBe(541_909);
      expect(rowsIn(calls.filter(({ userId }) => userId === undefined))).toBe(135_080);
      expect(new Set(calls.flatMap(({ userId }) => (userId === undefined ? [] : [userId]))).size).toBe(4_372);
      expect(of('Order Completed')).toHaveLength(19_959);
      expect(of('Order Refunded')).toHaveLength(3_836);
      const known = of('Order Completed').filter((call) => call.userId !== undefined);
      expect(known).toHaveLength(18_532);
      expect(sum(known)).toBe(8_911_407.904);
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
