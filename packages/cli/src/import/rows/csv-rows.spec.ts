import { describe, expect, it } from '@jest/globals';
import { CsvRows } from './csv-rows.ts';
import { NdjsonRows } from './ndjson-rows.ts';
import type { RawRow } from './raw-row.ts';

const shown = (row: RawRow): string => `${row.line} ${'fields' in row ? row.fields.join('|') : row.fault}`;
const rowsOf = (text: string, format = { delimiter: ',', quote: '"' as string | null }): string[] => {
  const rows = new CsvRows(format);
  return [...rows.next(text), ...rows.rest()].map(shown);
};

describe('CSV', () => {
  it('counts lines through empty lines and fields that span several', () => {
    expect(rowsOf('a,b\r\n\r\n"x\ny",1\r\n2,3')).toEqual(['1 a|b', '3 x\ny|1', '5 2|3']);
  });

  it('sets a broken row aside and goes on with the next line', () => {
    expect(rowsOf('a,b\n1,2\n3,5" disk\n"6"7,8\n9,10\n')).toEqual([
      '1 a|b',
      '2 1|2',
      '3 ROW_BROKEN',
      '4 ROW_BROKEN',
      '5 9|10',
    ]);
  });

  it('loses one row to a quote that is never closed, not the rest of the file', () => {
    const rows = rowsOf(`a,b\n1,"open\n${'2,3\n'.repeat(50)}4,"closed"\n5,6`);
    expect(rows).toHaveLength(54);
    expect(rows.filter((row) => row.includes('BROKEN'))).toEqual(['2 ROW_BROKEN']);
    expect(rows.slice(-2)).toEqual(['53 4|closed', '54 5|6']);
  });

  it('loses one row to a quote that is never closed in a file larger than any row', () => {
    const rows = rowsOf(`a,b\n1,"open\n${'2,3\n'.repeat(100_000)}`);
    expect(rows).toHaveLength(100_002);
    expect(rows[1]).toBe('2 ROW_BROKEN');
  });

  it('reads quotes as they are where fields are never quoted', () => {
    expect(rowsOf('a\tb\n5"\t"6"\n', { delimiter: '\t', quote: null })).toEqual(['1 a|b', '2 5"|"6"']);
  });

  it('refuses to fill the memory with a line that never ends', () => {
    expect(() => new CsvRows({ delimiter: ',', quote: '"' }).next('x'.repeat(5_000_000))).toThrow('no line break');
  });
});

describe('NDJSON', () => {
  it('finds values by name and by path, and sets aside what is no object', () => {
    const rows = new NdjsonRows(['id', 'store.id', 'a.b']);
    const text = '{"id":7,"store":{"id":"S"},"a.b":true}\nnot json\n[1]\n\n{"id":null}';
    expect([...rows.next(text), ...rows.rest()].map(shown)).toEqual([
      '1 7|S|true',
      '2 ROW_BROKEN',
      '3 ROW_BROKEN',
      '5 ||',
    ]);
  });
});
