import { describe, expect, it } from '@jest/globals';
import { newMeta } from '../task-meta.ts';
import { ChangelogView } from './changelog-view.ts';
import { grouped, PART_LIMITS, partKey, toPart } from './cut-format.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** Named `writer/number`, over offsets from and to. */
const cut = (name: string, [from, to]: readonly [number, number], states: Record<string, string>) => {
  const head = {
    writer: name.split('/')[0] ?? '',
    cut: Number(name.split('/')[1]),
    fromOffset: from,
    toOffset: to,
    meta: { ...newMeta(), nextOffset: to },
  };
  const entries = Object.entries(states).map(([key, state]) => ({ key, state: bytes(state), dueAtMs: undefined }));
  const groups = [...grouped(entries, PART_LIMITS)];
  return groups.map((group, part) => toPart(head, { part, isLast: part === groups.length - 1 }, group));
};

const view = (...cuts: readonly ReturnType<typeof cut>[]): ChangelogView => {
  const built = new ChangelogView();
  for (const part of cuts.flat()) built.add(partKey(part), part);
  return built;
};

const texts = (built: ChangelogView): Record<string, string> =>
  Object.fromEntries([...built.restore().states].map(([key, state]) => [key, Buffer.from(state).toString()]));

const wide = (state: string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: 12_000 }, (_none, at) => [`k${at}`, state]));

describe('the view of a changelog', () => {
  it('says nothing when there is nothing', () => {
    expect(view().restore()).toMatchObject({ meta: undefined, toOffset: 0 });
  });

  it('ignores a cut of which a part is missing, and takes it once all are there', () => {
    const second = cut('w/2', [10, 20], wide('new'));
    expect(second.length).toBe(3);
    const built = view(cut('w/1', [0, 10], { a: 'old' }));
    for (const part of second.slice(0, 2)) built.add(partKey(part), part);
    expect(built.restore().toOffset).toBe(10);
    expect(texts(built)).toEqual({ a: 'old' });
    const last = second[2];
    if (last !== undefined) built.add(partKey(last), last);
    expect(built.restore().toOffset).toBe(20);
    expect(built.restore().states.size).toBe(12_001);
  });

  it('ignores a cut that has its end and lost another part', () => {
    const torn = cut('w/2', [10, 20], wide('new'));
    const built = view(cut('w/1', [0, 10], { a: 'old' }), torn);
    built.add('w/2/0', null);
    expect(texts(built)).toEqual({ a: 'old' });
  });

  it('is not changed by a zombie that writes an older cut later', () => {
    const built = view(cut('new/1', [0, 30], { a: 'thirty' }), cut('zombie/7', [0, 20], { a: 'twenty' }));
    expect(texts(built)).toEqual({ a: 'thirty' });
    expect(built.restore().toOffset).toBe(30);
  });

  it('does not bring back a key that a cut of all keys no longer names', () => {
    const built = view(cut('zombie/1', [0, 20], { gone: 'x', a: 'old' }), cut('w/9', [0, 30], { a: 'new' }));
    expect(texts(built)).toEqual({ a: 'new' });
  });

  it('does not use a cut whose beginning is not covered', () => {
    const built = view(cut('w/1', [0, 10], { a: 'ten' }), cut('w/3', [15, 20], { b: 'twenty' }));
    expect(texts(built)).toEqual({ a: 'ten' });
    expect(built.restore().meta?.nextOffset).toBe(10);
  });

  it('follows cuts of several writers when they cover each other', () => {
    const built = view(
      cut('a/1', [0, 10], { a: '1' }),
      cut('b/1', [8, 20], { a: '2', b: '2' }),
      cut('c/1', [20, 25], { b: '' }),
    );
    expect(texts(built)).toEqual({ a: '2' });
    expect(built.restore().toOffset).toBe(25);
  });

  it('fails where a part is damaged that counts, and not for the sake of one that does not', () => {
    const damaged = (parts: ReturnType<typeof cut>) =>
      parts.map((part) => {
        const packed = Buffer.from(part.packed);
        packed[packed.length - 1] = (packed[packed.length - 1] as number) ^ 1;
        return { ...part, packed };
      });
    const first = cut('w/1', [0, 10], { a: 'ten' });
    const second = cut('w/2', [0, 20], { a: 'twenty' });
    expect(texts(view(damaged(first), second))).toEqual({ a: 'twenty' });
    expect(() => view(first, damaged(second)).restore()).toThrow('a part of a cut is damaged');
  });

  it('forgets what a tombstone deletes', () => {
    const first = cut('w/1', [0, 10], { a: 'ten' });
    const built = view(first, cut('w/2', [0, 20], { a: 'twenty' }));
    for (const part of first) built.add(partKey(part), null);
    expect([...built.restore().known.keys()]).toEqual(['w/2/0']);
    expect(texts(built)).toEqual({ a: 'twenty' });
  });
});
