import { describe, expect, it } from '@jest/globals';
import { RowRefused } from '../refusal.ts';
import { dateReader } from './dates.ts';
import { booleanOf, decimalReader, integerOf } from './numbers.ts';

const refusal = (use: () => unknown): RowRefused => {
  try {
    use();
  } catch (error) {
    if (error instanceof RowRefused) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('numbers', () => {
  const english = decimalReader({ decimal: '.', thousands: ',' });
  const german = decimalReader({ decimal: ',', thousands: '.' });

  it.each([
    ['1,234,567.50', '1234567.50'],
    ['-0.5', '-0.5'],
    ['12', '12'],
    ['.5', '.5'],
  ])('%s with a point before decimals is %s', (text, plain) => {
    expect(english(text, 'price')).toBe(plain);
  });

  it.each([
    ['1.234.567,50', '1234567.50'],
    ['3,95', '3.95'],
    ['-12', '-12'],
  ])('%s with a comma before decimals is %s', (text, plain) => {
    expect(german(text, 'price')).toBe(plain);
  });

  it('refuses the other way to write decimals instead of reading a number ten times as large', () => {
    expect(refusal(() => german('3.95', 'price'))).toMatchObject({ reason: 'NOT_A_NUMBER', field: 'price' });
    expect(refusal(() => english('3,95', 'price')).remedy).toContain('set file.decimal to ","');
    expect(refusal(() => decimalReader({ decimal: ',', thousands: 'none' })('3.95', 'price')).remedy).toContain(
      'set file.decimal to "."',
    );
  });

  it.each(['', 'abc', '12 EUR', '1.2.3', '--1', '0x10', 'Infinity', 'NaN'])('refuses “%s”', (text) => {
    expect(refusal(() => english(text, 'price')).reason).toBe('NOT_A_NUMBER');
  });

  it('takes 17850.0 for the whole number that a spreadsheet meant, and 0.5 for none', () => {
    expect(integerOf('17850.0', 'customer')).toBe(17_850);
    expect(refusal(() => integerOf('0.5', 'pieces')).reason).toBe('NOT_AN_INTEGER');
    expect(refusal(() => integerOf('9007199254740993', 'pieces')).reason).toBe('NOT_AN_INTEGER');
  });

  it('knows yes and no, and refuses what may be either', () => {
    expect([booleanOf('Yes', 'x'), booleanOf('0', 'x')]).toEqual([true, false]);
    expect(refusal(() => booleanOf('J', 'x')).remedy).toContain('map');
  });
});

describe('dates', () => {
  const iso = (ms: number): string => new Date(ms).toISOString();

  it('are read by format and zone, in summer and in winter', () => {
    const london = dateReader({ format: 'yyyy-MM-dd HH:mm:ss', zone: 'Europe/London' });
    expect(iso(london('2010-12-01 08:26:00', 'at'))).toBe('2010-12-01T08:26:00.000Z');
    expect(iso(london('2011-06-01 08:26:00', 'at'))).toBe('2011-06-01T07:26:00.000Z');
  });

  it('follow the one rule of the house where a clock change skips or repeats an hour', () => {
    const berlin = dateReader({ format: 'dd.MM.yyyy HH:mm', zone: 'Europe/Berlin' });
    expect(iso(berlin('29.03.2026 02:30', 'at'))).toBe('2026-03-29T01:00:00.000Z');
    expect(iso(berlin('25.10.2026 02:30', 'at'))).toBe('2026-10-25T00:30:00.000Z');
  });

  it('may carry their own offset', () => {
    expect(iso(dateReader({})('2026-11-30T09:12:40+01:00', 'at'))).toBe('2026-11-30T08:12:40.000Z');
    expect(iso(dateReader({ format: 'dd/MM/yyyy HH:mm ZZ' })('30/11/2026 09:12 +02:00', 'at'))).toBe(
      '2026-11-30T07:12:00.000Z',
    );
  });

  it('may be seconds or milliseconds', () => {
    expect(iso(dateReader({ format: 'unix' })('1764493960', 'at'))).toBe('2025-11-30T09:12:40.000Z');
    expect(iso(dateReader({ format: 'unixMs' })('1764493960500', 'at'))).toBe('2025-11-30T09:12:40.500Z');
  });

  it.each([
    ['yyyy-MM-dd', '2026-02-30'],
    ['yyyy-MM-dd', '01/02/2026'],
    ['dd.MM.yyyy HH:mm', '31.12.2026'],
    ['iso', 'yesterday'],
  ])('%s refuses %s', (format, text) => {
    const read = dateReader({ format, zone: 'Europe/London' });
    expect(refusal(() => read(text, 'day'))).toMatchObject({ reason: 'NOT_A_DATE', field: 'day', value: text });
  });

  it('without an offset and without a zone are refused, never taken for the zone of this machine', () => {
    expect(refusal(() => dateReader({})('2026-11-30T09:12:40', 'at')).reason).toBe('NOT_A_DATE');
  });
});
