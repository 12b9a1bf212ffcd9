import { describe, expect, it } from '@jest/globals';
import { type ExpectedOutput, HopCheck, Repeats, type SeenOutput } from './hop.ts';

const from = (offset: number, number = 0) => ({ topic: 'events.identified', partition: 0, offset, number });
const out = (offset: number, number = 0): ExpectedOutput => ({
  topic: 'events.enriched',
  partition: 0,
  origin: from(offset, number),
  digest: `says ${offset}#${number}`,
  id: `event m${offset}#${number}`,
  key: 'user:ann',
});

/** The fold gives one output for each of four records. */
const expected = [out(0), out(1), out(2), out(3)];

const written = (outputs: readonly ExpectedOutput[]): SeenOutput[] =>
  outputs.map(({ id, ...output }, offset) => ({ ...output, offset, id: () => id }));

function judge(history: readonly SeenOutput[]) {
  const hop = new HopCheck('enrich');
  for (const output of expected) hop.expect(output);
  for (const record of history) hop.see(record);
  return hop.result('it');
}
const faults = (history: readonly SeenOutput[]) => judge(history).findings.map(({ fault }) => fault);

describe('a hop of the walk against its fold', () => {
  it('finds nothing in a history that equals the fold', () => {
    expect(judge(written(expected))).toMatchObject({ findings: [], figures: { records: 4, repeats: 0 } });
  });

  it('counts repeats under the same origin with the same content, and forgives them, also behind later records', () => {
    const [a, b, c, d] = expected as [ExpectedOutput, ExpectedOutput, ExpectedOutput, ExpectedOutput];
    expect(judge(written([a, b, c, b, c, d, a]))).toMatchObject({ findings: [], figures: { repeats: 3 } });
  });

  it('finds a lost record, and names what is lost and where it came from', () => {
    const { findings } = judge(written(expected.filter((_output, at) => at !== 2)));
    expect(findings).toMatchObject([{ fault: 'lost' }]);
    expect(findings[0]?.what).toContain('event m2#0');
    expect(findings[0]?.what).toContain('events.identified/0@2#0');
  });

  it('finds a phantom: what the fold knows nothing of', () => {
    expect(faults(written([...expected, out(9)]))).toEqual(['phantom']);
  });

  it('finds a phantom: another content under the origin that the fold has', () => {
    const other = { ...out(3), digest: 'another id for the same cause' };
    expect(faults(written([...expected.slice(0, 3), other]))).toEqual(['phantom']);
  });

  it('finds a repeat that says something else than the first time', () => {
    expect(faults(written([...expected, { ...out(1), digest: 'otherwise' }]))).toEqual(['phantom']);
  });

  it('finds a double: the same effect again under another origin', () => {
    const again = { ...out(1), origin: from(7) };
    const { findings } = judge(written([...expected, again]));
    expect(findings).toMatchObject([{ fault: 'doubled' }]);
    expect(findings[0]?.what).toContain('events.identified/0@1#0');
  });

  it('finds two records whose order was changed', () => {
    const [a, b, c, d] = expected as [ExpectedOutput, ExpectedOutput, ExpectedOutput, ExpectedOutput];
    expect(faults(written([a, c, b, d]))).toEqual(['reordered']);
  });

  it('keeps partitions apart: what goes to another target is in nobody’s way', () => {
    const hop = new HopCheck('identify');
    const there = { ...out(1), partition: 5 };
    for (const output of [out(0), there, out(2)]) hop.expect(output);
    for (const record of written([out(0), out(2)])) hop.see(record);
    for (const record of written([there])) hop.see(record);
    expect(hop.result('it').findings).toEqual([]);
  });
});

describe('repeats', () => {
  it('are what is not higher than the highest seen of a source partition', () => {
    const repeats = new Repeats();
    const place = { topic: 'events.enriched', partition: 0 };
    const answers = [from(4), from(4, 1), from(4), from(3), from(5), null, null].map((origin) =>
      repeats.isRepeat(place, origin),
    );
    expect(answers).toEqual([false, false, true, true, false, false, false]);
  });
});
