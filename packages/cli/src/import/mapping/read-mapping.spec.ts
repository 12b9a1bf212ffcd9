import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { shippedFolder } from '../shipped-mappings.ts';
import { parseMapping, readMapping, unknownColumns } from './read-mapping.ts';

const faultsOf = (text: string): string => {
  try {
    parseMapping('my.yaml', text);
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return '';
};

const good = `kind: Mapping
id: till
key: [receipt]
timestamp: { column: at, format: yyyy-MM-dd, zone: Europe/London }
ids: { userId: '{customer}' }
event: Order Completed
properties: { total: { column: total, type: decimal } }
`;

describe('a mapping', () => {
  it.each(readdirSync(shippedFolder).filter((name) => name.endsWith('.yaml')))(
    '%s comes with Kairos and is valid',
    (name) => {
      const { mapping } = parseMapping(name, readFileSync(path.join(shippedFolder, name), 'utf8'));
      expect(`${mapping.id}.yaml`).toBe(name);
    },
  );

  it('is history unless it says that it is news', () => {
    expect(parseMapping('my.yaml', good).mapping).toMatchObject({ source: 'import', backfill: true });
  });

  it('tells every fault at once, with its place and what was probably meant', () => {
    const faults = faultsOf(`kind: Mapping
id: My Till
key: [receipt]
timestamp: { column: at, format: dd.MM.yyyy, zone: Europe/Londonn }
ids: {}
evnt: Order Completed
event: Order Completed
file: { encoding: latin-99, decimal: ',', thousands: ',' }
properties: { total: { column: total, type: decimel } }
`);
    expect(faults).toContain('my.yaml:2:5 error id: must be lower case');
    expect(faults).toContain('my.yaml:4:');
    expect(faults).toContain('must be an IANA time zone');
    expect(faults).toContain('my.yaml:5:6 error ids: must name at least one of userId');
    expect(faults).toContain('my.yaml:6:1 error evnt: unknown field “evnt” (Order Completed) — did you mean “event”?');
    expect(faults).toContain('file.encoding: must be an encoding');
    expect(faults).toContain('properties.total.type: must be one of');
    expect(faults).toContain('did you mean “decimal”?');
  });

  it.each([
    ['no key', good.replace('key: [receipt]\n', ''), 'key'],
    ['a format without zone', good.replace(', zone: Europe/London', ''), 'add zone'],
    ['news from the import key', `${good}backfill: false\n`, 'source import sends history only'],
    ['key and group', `${good}group: { by: [receipt] }\n`, 'must be left out'],
    [
      'a condition with an unknown property',
      good.replace('event: Order Completed', 'event: [{ if: properties.totl > 0, name: A }]'),
      'did you mean “total”?',
    ],
    [
      'a condition over the profile',
      good.replace('event: Order Completed', 'event: [{ if: profile.orderCount > 0, name: A }]'),
      'ask for properties only',
    ],
    [
      'a condition that is none',
      good.replace('event: Order Completed', 'event: [{ if: properties.total >, name: A }]'),
      'event.0.if',
    ],
    [
      'an unknown property to negate',
      good.replace('event: Order Completed', 'event: [{ name: A, negate: [sum] }]'),
      'no property “sum”',
    ],
    [
      'a column that its list lacks',
      `${good}file: { columns: [receipt, at, costumer, total] }\n`,
      'did you mean “costumer”?',
    ],
    ['no YAML', 'kind: [', 'not valid YAML'],
  ])('is refused with %s', (_, text, said) => {
    expect(faultsOf(text)).toContain(said);
  });

  it('names the columns that a file lacks, each with the nearest one', () => {
    const { mapping, issueAt } = parseMapping('my.yaml', good);
    const found = unknownColumns(mapping, ['Receipt', 'at', 'customer', 'totals'], issueAt);
    expect(found.map(({ line, message, remedy }) => `${line} ${message} ${remedy}`)).toEqual([
      '3 no column “receipt” did you mean “Receipt”?',
      '7 no column “total” did you mean “totals”?',
    ]);
  });

  it('may be named without its folder where it comes with Kairos', async () => {
    expect((await readMapping('till')).mapping.id).toBe('till');
    await expect(readMapping('tilll')).rejects.toThrow('did you mean “till”?');
    await expect(readMapping('absent.yaml')).rejects.toThrow('absent.yaml is no file');
  });
});
