import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Logger } from '../logger.ts';
import { silentLogger } from '../logger.ts';
import { fileCopies } from './file-copies.ts';
import type { CopiedRecord, LocalCopies, LocalCopy } from './local-copy.ts';
import { packPart } from './pack-part.ts';
import { PackedPart } from './packed-part.ts';
import { PackedStates } from './packed-states.ts';
import { imageOf } from './state-image.ts';

let folder: string;
let warnings: string[];
let copies: LocalCopies;
const logger: Logger = { ...silentLogger, warn: (_about: unknown, text?: string) => void warnings.push(String(text)) };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kairos-copies-'));
  warnings = [];
  const files = fileCopies(folder, logger);
  copies = {
    of: (task, partition) => {
      const copy = files.of(task, partition);
      opened.push(copy);
      return copy;
    },
  };
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((copy) => copy.close()));
  rmSync(folder, { recursive: true, force: true });
});

const record = (offset: number, text: string | null): CopiedRecord => ({
  offset,
  key: `w/${offset}/0`,
  value: text === null ? null : Buffer.from(text),
});
const opened: LocalCopy[] = [];
const only = (): string => join(folder, readdirSync(folder).find((name) => name.endsWith('.copy')) ?? '');
const read = async () => {
  const { records, toOffset } = await copies.of('detect', 3).read();
  return { texts: records.map(({ offset, value }) => `${offset}:${value?.toString() ?? 'gone'}`), toOffset };
};

describe('a local copy in a file', () => {
  it('holds nothing at first, and afterwards what was kept, in order', async () => {
    expect(await read()).toEqual({ texts: [], toOffset: 0 });
    const copy = copies.of('detect', 3);
    await copy.replace([record(4, 'a'), record(7, 'b')], 9);
    await copy.append([record(9, 'c'), record(10, null)]);
    expect(await read()).toEqual({ texts: ['4:a', '7:b', '9:c', '10:gone'], toOffset: 11 });
    expect((await copies.of('detect', 30).read()).records).toEqual([]);
  });

  it('does not reach beyond what another wrote and it never saw', async () => {
    const copy = copies.of('detect', 3);
    await copy.replace([], 5);
    await copy.append([record(5, 'mine')]);
    await copy.append([record(8, 'after a zombie')]);
    expect((await read()).toOffset).toBe(6);
  });

  it('forgets what it held when it is replaced, and leaves one file', async () => {
    const copy = copies.of('detect', 3);
    await copy.replace([record(0, 'old')], 1);
    await copy.replace([record(1, 'new')]);
    expect(await read()).toEqual({ texts: ['1:new'], toOffset: 2 });
    await copies.of('detect', 3).replace([record(1, 'the next start')], 2);
    expect(readdirSync(folder).length).toBe(1);
  });

  it('goes on with what was read, image and all, in a file of its own', async () => {
    const states = new PackedStates();
    states.add(new PackedPart(packPart([{ key: 'user:1', state: Buffer.from('s'), dueAtMs: 5 }], { deflate: false })));
    const meta = { nextOffset: 4, origins: {}, sourceTimes: {}, timeMs: 5, playbookOffset: -1, playbookVersion: '' };
    const made = imageOf({ states, meta, toOffset: 4, known: new Map(), cuts: 1, bytes: 9, fullBytes: 9 });
    await copies.of('detect', 3).replace([record(6, 'a')], 7, made);
    const before = only();
    // A write that a crash cut off is not taken along.
    appendFileSync(before, Buffer.alloc(30, 1));
    const next = copies.of('detect', 3);
    expect((await (await next.read()).image)?.toOffset).toBe(4);
    await next.goOn([record(7, 'b')], 8);
    await next.append([record(8, 'c')]);
    expect(only()).not.toBe(before);
    expect(readdirSync(folder).length).toBe(1);
    expect(await read()).toEqual({ texts: ['6:a', '7:b', '8:c'], toOffset: 9 });
    const image = await (await copies.of('detect', 3).read()).image;
    if (image === undefined) throw new Error('no image');
    expect([...PackedStates.ofImage(image.packed)].map(([key, bytes]) => `${key} ${bytes}`)).toEqual(['user:1 s']);
    const damaged = readFileSync(only());
    damaged[200] = (damaged[200] ?? 0) ^ 1;
    writeFileSync(only(), damaged);
    expect(await (await copies.of('detect', 3).read()).image).toBeUndefined();
    expect(warnings).toHaveLength(2);
  });

  it('gives an image that stays as it was when a task takes keys out of what it began with, also for the next file', async () => {
    const states = new PackedStates();
    const entries = ['user:1', 'user:2'].map((key) => ({ key, state: Buffer.from('s'), dueAtMs: 5 }));
    states.add(new PackedPart(packPart(entries, { deflate: false })));
    const meta = { nextOffset: 4, origins: {}, sourceTimes: {}, timeMs: 5, playbookOffset: -1, playbookVersion: '' };
    const about = { meta, toOffset: 4, known: new Map(), cuts: 1, bytes: 9, fullBytes: 9 };
    await copies.of('detect', 3).replace([record(6, 'a')], 7, imageOf({ states, ...about }));
    const image = await (await copies.of('detect', 3).read()).image;
    if (image === undefined) throw new Error('no image');
    const task = PackedStates.ofImage(image.packed);
    const next = imageOf({ states: task, ...about });
    if (next === undefined) throw new Error('no image');
    // The task works before the next file is written.
    task.take('user:1');
    for (const one of [image, next]) expect([...PackedStates.ofImage(one.packed).keys()]).toEqual(['user:1', 'user:2']);
  });

  it('is read ahead for one start: what it held then, and afterwards what it holds', async () => {
    const owner = copies.of('detect', 3);
    await owner.replace([record(0, 'a')], 1);
    await copies.of('detect', 30).replace([record(0, 'of another partition')], 1);
    const next = fileCopies(folder, logger);
    next.readAhead?.('detect');
    const early = next.of('detect', 3);
    const texts = async (copy: LocalCopy) => (await copy.read()).records.map(({ value }) => String(value));
    // Asked before it is known what lies there.
    expect(await texts(early)).toEqual(['a']);
    await owner.append([record(1, 'b')]);
    expect(await texts(next.of('detect', 30))).toEqual(['of another partition']);
    expect(await texts(next.of('detect', 3))).toEqual(['a', 'b']);
    next.readAhead?.('detect');
    next.forgetAhead?.('detect');
    await owner.append([record(2, 'c')]);
    expect(await texts(next.of('detect', 3))).toEqual(['a', 'b', 'c']);
  });

  it('goes on with what was read ahead, though its owner has written more since', async () => {
    const owner = copies.of('detect', 3);
    await owner.replace([record(0, 'a')], 1);
    const files = fileCopies(folder, logger);
    files.readAhead?.('detect');
    const next = files.of('detect', 3);
    opened.push(next);
    await next.read();
    await owner.append([record(1, 'b')]);
    await next.goOn([record(1, 'from the log')], 2);
    expect(await read()).toEqual({ texts: ['0:a', '1:from the log'], toOffset: 2 });
  });

  it('is not disturbed by a paused owner that goes on', async () => {
    const paused = copies.of('detect', 3);
    await paused.replace([record(0, 'paused')], 1);
    await copies.of('detect', 3).replace([record(1, 'successor')], 2);
    await paused.append([record(2, 'zombie')]);
    expect(await read()).toEqual({ texts: ['1:successor'], toOffset: 2 });
  });

  it('keeps what stands before a write that a crash cut off, and before damage, and says so', async () => {
    const copy = copies.of('detect', 3);
    await copy.replace([record(0, 'a')], 1);
    const { length } = readFileSync(only());
    await copy.append([record(1, 'b'), record(2, 'c')]);
    truncateSync(only(), readFileSync(only()).length - 3);
    // The end of the second write is missing: none of it counts.
    expect(await read()).toEqual({ texts: ['0:a'], toOffset: 1 });
    const damaged = readFileSync(only());
    damaged[length + 20] = (damaged[length + 20] ?? 0) ^ 1;
    writeFileSync(only(), damaged);
    expect(await read()).toEqual({ texts: ['0:a'], toOffset: 1 });
    writeFileSync(only(), Buffer.alloc(500, 1));
    expect(await read()).toEqual({ texts: [], toOffset: 0 });
    appendFileSync(only(), 'x');
    expect(warnings.length).toBe(3);
  });

  it('costs a warning and no more when the disk refuses', async () => {
    const nowhere = fileCopies(join(folder, 'file', 'below'), logger);
    writeFileSync(join(folder, 'file'), '');
    const copy = nowhere.of('detect', 3);
    await copy.replace([record(0, 'a')], 1);
    await copy.append([record(1, 'b')]);
    expect((await copy.read()).records).toEqual([]);
    expect(warnings).toHaveLength(1);
  });
});
