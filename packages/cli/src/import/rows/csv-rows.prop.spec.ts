import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CsvRows } from './csv-rows.ts';
import type { RawRow } from './raw-row.ts';

const format = { delimiter: ',', quote: '"' };

const rowsOf = (pieces: readonly string[]): RawRow[] => {
  const rows = new CsvRows(format);
  return [...pieces.flatMap((piece) => rows.next(piece)), ...rows.rest()];
};

const piecesOf = (text: string, cuts: readonly number[]): string[] => {
  const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
  return at.slice(1).map((end, index) => text.slice(at[index], end));
};

const text = fc
  .array(fc.constantFrom('a', 'b c', ',', ',', '\n', '\n', '\r\n', '"', '""', '"x",', '"y\nz"\n'), { maxLength: 60 })
  .map((parts) => `h,i\n${parts.join('')}`);

it('gives the same rows however the text is cut into pieces: a restart counts them', () => {
  fc.assert(
    fc.property(text, fc.array(fc.nat(), { maxLength: 8 }), (whole, cuts) => {
      expect(rowsOf(piecesOf(whole, cuts))).toEqual(rowsOf([whole]));
    }),
    { numRuns: 500 },
  );
});

it('tells of every line that is not empty, as part of a row or as refused', () => {
  fc.assert(
    fc.property(text, (whole) => {
      const lines = whole.split('\n');
      const told = new Set<number>();
      for (const row of rowsOf([whole])) {
        const count = 'fields' in row ? row.fields.join('').split('\n').length : 1;
        for (let line = row.line; line < row.line + count; line += 1) told.add(line);
      }
      const lost = lines
        .map((line, at) => ({ line, at: at + 1 }))
        .filter(({ line, at }) => line.trim() !== '' && !told.has(at));
      // An empty pair of quotes is an empty row.
      expect(lost.filter(({ line }) => line.trim() !== '""')).toEqual([]);
    }),
  );
});

it('reads back what any writer of CSV has written', () => {
  const field = fc.stringMatching(/^[ab,"\n]{0,6}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(field, field), { minLength: 1 }), (rows) => {
      const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;
      const written = `"h","i"\n${rows.map((row) => row.map(quoted).join(',')).join('\n')}\n`;
      const read = rowsOf([written]).slice(1);
      expect(read.map((row) => ('fields' in row ? row.fields : null))).toEqual(rows);
    }),
  );
});
