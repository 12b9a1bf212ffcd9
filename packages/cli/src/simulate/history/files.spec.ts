import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { call, fileOf } from '../history.fixture.ts';
import { openFiles } from './files.ts';
import { textOf } from './glance.ts';

const source = { id: 'server', kind: 'server' } as const;

/** Words whose letters take one to four bytes. */
const WORDS = ['cart', 'Süße', '20 €', '顧客', '🛒'];

/** Lines that are longer together than what is read at once, so that pieces end within lines and within letters. */
const lines = Array.from({ length: 12_000 }, (_none, number) => ({
  ...call([number / 100, `u${WORDS[number % 5]}${number % 7}`, 'Product Added'], {
    title: (WORDS[number % 5] ?? '').repeat(10 + (number % 11)),
  }),
  messageId: `m${number}`,
}));

async function packed(file: string): Promise<string> {
  await pipeline(createReadStream(file), createGzip(), createWriteStream(`${file}.gz`));
  return `${file}.gz`;
}

describe('lines of a file', () => {
  it.each([
    ['as it is', async (file: string) => file],
    ['packed', packed],
  ])('are read whole, wherever a piece of it ends: %s', async (_how, made) => {
    const history = await openFiles([await made(await fileOf(lines))], source);
    const read: string[] = [];
    for await (const batch of history.read())
      for (const { event } of batch) read.push(`${event.userId} ${JSON.parse(event.properties).title}`);
    expect(history.unreadable).toBe(0);
    expect(read).toEqual(lines.map(({ userId, properties }) => `${userId} ${properties.title}`));
  });

  it('are glanced at as they would be read, and handed on byte for byte', async () => {
    const history = await openFiles([await fileOf(lines)], source);
    const seen: string[] = [];
    for await (const batch of history.glimpses?.(true) ?? [])
      for (const { atMs, ids, line } of batch) seen.push(`${atMs} ${ids.join()} ${textOf(line ?? '')}`);
    const said = lines.map((line) => `${Date.parse(line.timestamp)} user:${line.userId} ${JSON.stringify(line)}`);
    expect(seen).toEqual(said);
  });

  it('that hold nothing are no events, and one that is none is named with its place', async () => {
    const blank = ['', '   ', '\r', '\u00a0', '\u3000'];
    const file = await fileOf([...blank, JSON.stringify(lines[0]), 'Grüße', JSON.stringify(lines[1])]);
    for (const isHasty of [true, false]) {
      const history = await openFiles([file], source);
      let count = 0;
      for await (const batch of history.glimpses?.(isHasty) ?? []) count += batch.length;
      expect([count, history.unreadable, history.problems]).toEqual([2, 1, [`${file}:7 is no JSON: Grüße`]]);
    }
  });
});
