import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { callsOf, type Folder, itemsOf, mappingOf, openFolder, refusalsOf } from './import.fixture.ts';
import { checkHeader } from './rows/read-rows.ts';

let folder: Folder;
beforeEach(() => {
  folder = openFolder();
});
afterEach(() => folder.remove());

const single = mappingOf(`source: offline
key: [id]
event: Order Completed
properties: { total: { column: total, type: decimal, required: true }, gift: { column: gift, map: { J: true, N: false } } }
traits: { email: '{mail}' }
`);
const header = 'id,at,who,total,gift,mail\n';
const told = (row: string): string => `${row},2025-11-29 14:05,C-1,9.50,J,\n`;

describe('a row', () => {
  it('becomes a call with its id, time, properties and traits', async () => {
    const file = folder.write('a.csv', `${header}1,2025-07-01 14:05,C-1,9.50,J,ada@example.com\n`);
    const [call] = callsOf(await itemsOf(single, [file]));
    expect(call).toEqual({
      type: 'track',
      event: 'Order Completed',
      messageId: expect.stringMatching(/^t:[0-9a-f-]{36}$/),
      userId: 'C-1',
      timestamp: '2025-07-01T13:05:00.000Z',
      properties: { total: 9.5, gift: true },
      traits: { email: 'ada@example.com' },
      context: { backfill: true },
    });
  });

  it('has the same message id in every file and every run, so that what is sent twice takes effect once', async () => {
    const one = folder.write('a.csv', header + told('1') + told('2'));
    const two = folder.write('b.csv.gz', gzipSync(header + told('2') + told('1')));
    const [first, second] = [await itemsOf(single, [one]), await itemsOf(single, [two])];
    const ids = (items: typeof first) => callsOf(items).map(({ messageId }) => messageId);
    expect(new Set(ids(first)).size).toBe(2);
    expect(ids(second)).toEqual(ids(first).toReversed());
  });

  it('tells a loyalty card as the trait that names a person', async () => {
    const mapping = mappingOf('key: [id]\nevent: A\notherwise: { card: "{card}" }\n');
    const file = folder.write('a.csv', 'id,at,who,card\n1,2025-11-29 14:05,,6340 0412\n');
    expect(callsOf(await itemsOf(mapping, [file]))[0]?.traits).toEqual({ cardNumber: '6340 0412' });
  });

  it('says nothing of backfill where it is news', async () => {
    const file = folder.write('a.csv', header + told('1'));
    expect(callsOf(await itemsOf(single, [file], false))[0]).not.toHaveProperty('context');
  });
});

describe('bad input', () => {
  it('is refused with line, field, value and remedy, and the rest goes on', async () => {
    const file = folder.write(
      'a.csv',
      Buffer.concat([
        Buffer.from(`${header}1,2025-11-29 14:05,C-1,"9,50",J,\n${told('2')}3,29.11.2025,C-1,1,J,\n`),
        Buffer.from([0x34, 0x2c, ...Buffer.from('2025-11-29 14:05,M'), 0xfc, ...Buffer.from('ller,1,J,\n')]),
        Buffer.from('5,2025-11-29 14:05,C-1,,J,\n6,2025-11-29 14:05,,1,J,\n7,2025-11-29 14:05,C-1,1,X,\n'),
        Buffer.from('8,2025-11-29 14:05,C-1,1\n9,2026-11-29 14:05,C-1,1,J,\n,2025-11-29 14:05,C-1,1,J,\n'),
        Buffer.from(`${told('2')}10,2025-11-29 14:05,C-1,1,J" ,\n${told('11')}`),
      ]),
    );
    const items = await itemsOf(single, [file]);
    expect(callsOf(items)).toHaveLength(2);
    expect(refusalsOf(items).map(({ line, field, reason }) => `${line} ${reason} ${field}`.trim())).toEqual([
      '2 NOT_A_NUMBER total',
      '4 NOT_A_DATE at',
      '5 ENCODING who',
      '6 VALUE_MISSING total',
      '7 NOBODY',
      '8 NOT_IN_MAP gift',
      '9 FIELD_COUNT',
      '10 IN_FUTURE at',
      '11 VALUE_MISSING id',
      '12 KEY_REPEATED',
      '13 ROW_BROKEN',
    ]);
    expect(refusalsOf(items)[0]).toMatchObject({ file: 'a.csv', value: '9,50' });
    expect(refusalsOf(items)[0]?.remedy).toContain('set file.decimal to ","');
    expect(refusalsOf(items)[2]?.remedy).toContain('windows-1252');
    for (const { remedy } of refusalsOf(items)) expect(remedy).not.toBe('');
  });

  it('in the form of a gz file that ends too early costs what is behind, is told, and the next file goes on', async () => {
    const whole = gzipSync(header + Array.from({ length: 50_000 }, (_, at) => told(`x${at}`)).join(''), { level: 0 });
    const broken = folder.write('a.csv.gz', whole.subarray(0, whole.length / 2));
    const next = folder.write('b.csv', header + told('1'));
    const items = await itemsOf(single, [broken, next]);
    expect(callsOf(items).length).toBeGreaterThan(10_000);
    expect(refusalsOf(items).map(({ file, reason }) => `${file} ${reason}`)).toEqual(['a.csv.gz FILE_BROKEN']);
    expect(items.at(-1)).toMatchObject({ file: 'b.csv', line: 2 });
  });

  it('is read in the encoding that the mapping says', async () => {
    const mapping = mappingOf(
      'key: [id]\nevent: A\nfile: { encoding: windows-1252 }\nproperties: { name: "{name}" }\n',
    );
    const file = folder.write('a.csv', Buffer.from('id,at,who,name\n1,2025-11-29 14:05,C,M\xfcller \x80\n', 'latin1'));
    expect(callsOf(await itemsOf(mapping, [file]))[0]?.properties).toEqual({ name: 'Müller €' });
  });

  it('that begins with the mark of another encoding is refused before anything is sent', async () => {
    const file = folder.write('a.csv', Buffer.from(`\ufeff${header}`, 'utf16le'));
    await expect(checkHeader(single, file)).rejects.toThrow('begins with the mark of utf-16le');
  });

  it('without the columns that the mapping names is refused before anything is sent, and what nobody reads is told', async () => {
    await expect(checkHeader(single, folder.write('a.csv', 'id,at,whom,total,gift,mail\n'))).rejects.toThrow(
      'ids.userId: no column “who” (who) — did you mean “whom”?',
    );
    expect(await checkHeader(single, folder.write('b.csv', `${header.trim()},colour\n`))).toEqual(['colour']);
  });
});

describe('rows of one event', () => {
  const grouped = (more: string) =>
    mappingOf(`event: [{ if: properties.total > 0, name: Bought }, { name: Returned, negate: [total] }]
properties: { order_id: '{id}' }
group:
  by: [id]
  lists: { products: { sku: '{sku}', quantity: { column: n, type: integer } } }
  sums: { total: { times: [n, price] } }
${more}`);
  const rowHeader = 'id,at,who,sku,n,price\n';
  const row = (id: string, item: string, at = '14:05') => `${id},2025-11-29 ${at},C-1,${item},0.10\n`;

  it('become one with a list, an exact sum and the earliest time', async () => {
    const file = folder.write('a.csv', rowHeader + row('1', 'a,3', '14:06') + row('1', 'b,4') + row('2', 'c,-1'));
    expect(callsOf(await itemsOf(grouped(''), [file]))).toMatchObject([
      {
        event: 'Bought',
        timestamp: '2025-11-29T14:05:00.000Z',
        properties: {
          order_id: '1',
          total: 0.7,
          products: [
            { sku: 'a', quantity: 3 },
            { sku: 'b', quantity: 4 },
          ],
        },
      },
      { event: 'Returned', properties: { total: 0.1 } },
    ]);
  });

  it('are joined over the end of a file', async () => {
    const files = [
      folder.write('a.csv', rowHeader + row('1', 'a,1')),
      folder.write('b.csv', rowHeader + row('1', 'b,1') + row('2', 'c,1')),
    ];
    expect(callsOf(await itemsOf(grouped(''), files)).map(({ properties }) => properties.total)).toEqual([0.2, 0.1]);
  });

  it('are refused where they come after their event was complete, unless they may lie anywhere', async () => {
    const file = folder.write('a.csv', rowHeader + row('1', 'a,1') + row('2', 'b,1') + row('1', 'c,1'));
    const together = await itemsOf(grouped(''), [file]);
    expect(callsOf(together)).toHaveLength(2);
    expect(refusalsOf(together)).toMatchObject([{ line: 4, reason: 'KEY_REPEATED' }]);
    const anywhere = await itemsOf(grouped('  rows: anywhere\n'), [file]);
    expect(callsOf(anywhere).map(({ properties }) => properties.total)).toEqual([0.2, 0.1]);
    expect(refusalsOf(anywhere)).toEqual([]);
  });

  it.each(['together', 'anywhere'])(
    'are refused as a whole (%s) where one of them is bad: half a receipt is never sent',
    async (rows) => {
      const file = folder.write(
        'a.csv',
        rowHeader + row('1', 'a,1') + row('1', 'b,two') + row('1', 'c,1') + row('2', 'd,1'),
      );
      const items = await itemsOf(grouped(`  rows: ${rows}\n`), [file]);
      expect(callsOf(items).map(({ properties }) => properties.order_id)).toEqual(['2']);
      expect(refusalsOf(items)).toMatchObject([
        { line: 3, field: 'n', value: 'two', reason: 'NOT_A_NUMBER' },
        { line: 2, reason: 'GROUP_BROKEN' },
      ]);
    },
  );
});
