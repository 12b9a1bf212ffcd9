import { describe, expect, it } from '@jest/globals';
import { MOST_RECORDS, PieceSize } from './piece-size.ts';

/** Deals with so many pieces at a speed; answers the sizes. */
const sizes = (size: PieceSize, pieces: number, msPerRecord: number): number[] =>
  Array.from({ length: pieces }, () => {
    const { records } = size;
    size.took(records, records * msPerRecord);
    return records;
  });

describe('the size of a piece', () => {
  it('begins small and doubles as long as the records are dealt with quickly', () => {
    expect(sizes(new PieceSize(), 7, 0.02)).toEqual([50, 100, 200, 400, 800, MOST_RECORDS, MOST_RECORDS]);
  });

  it('stays small where each record takes long', () => {
    expect(sizes(new PieceSize(), 4, 5)).toEqual([50, 50, 50, 50]);
  });

  it('settles where a piece takes a fifth of a second', () => {
    expect(sizes(new PieceSize(), 5, 1).at(-1)).toBe(200);
  });

  it('becomes smaller again where it becomes slow, by half at most', () => {
    const size = new PieceSize();
    sizes(size, 6, 0.02);
    expect(sizes(size, 4, 1)).toEqual([1_000, 500, 250, 200]);
  });

  it('does not grow by a few records that were dealt with slowly, nor by none', () => {
    const size = new PieceSize();
    size.took(0, 10);
    size.took(3, 60);
    expect(size.records).toBe(50);
  });

  it('is full at once for who pays by the piece', () => {
    const size = new PieceSize();
    size.full();
    expect(size.records).toBe(MOST_RECORDS);
  });
});
