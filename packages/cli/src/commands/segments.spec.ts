import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import { optionsOf, registerSegments } from './segments.ts';

const DAY = 86_400_000;
let folder = '';
let out = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kairos-segments-'));
  out = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const persons = Array.from({ length: 60 }, (_, at) => ({
    personId: `user:${at}`,
    segments: at % 2 === 0 ? ['keen'] : [],
    profile: {
      orderCount: at % 2 === 0 ? 9 + (at % 5) : 1 + (at % 3),
      netValue: at % 2 === 0 ? 900 + at : 20 + at,
      lastOrderAtMs: Date.UTC(2026, 10, 29) - (at % 2 === 0 ? 2 : 200 + at) * DAY,
      lastSeenAtMs: Date.UTC(2026, 10, 29) - at * DAY,
      counters: { 'Product Viewed': at },
      traits: { churnRisk: at % 2 === 0 ? 'low' : 'high' },
    },
  }));
  await writeFile(path.join(folder, 'persons.ndjson'), persons.map((one) => JSON.stringify(one)).join('\n'));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true });
});

async function run(...args: readonly string[]): Promise<void> {
  const program = new Command().exitOverride();
  registerSegments(program);
  await program.parseAsync(['segments', ...args], { from: 'user' });
}

/** A command of the guide with its words as a shell splits them, its files in the test's folder, and persons from a file. */
function commandOf(line: string): readonly string[] {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const placed = words.map((word) => (/\.(yaml|svg|ndjson)$/.test(word) ? path.join(folder, word) : word));
  // There is no house here to read from or to publish to.
  const here = placed.filter((word) => word !== '--publish');
  return here.includes('--from') ? here : [...here, '--from', path.join(folder, 'persons.ndjson')];
}

describe('kairos segments fit', () => {
  it('does what the guide says', async () => {
    const guide = readFileSync(new URL('../../../../docs/guides/segments-that-learn.md', import.meta.url), 'utf8');
    const commands = [...guide.matchAll(/```sh\n(.*?)\n```/gs)].map(([, text = '']) => text);
    expect(commands).toHaveLength(5);
    for (const text of commands) {
      const [kairos, segments, ...args] = commandOf(text);
      expect([kairos, segments]).toEqual(['kairos', 'segments']);
      await run(...args);
    }
    expect(readFileSync(path.join(folder, 'playbook/models/shoppers.yaml'), 'utf8')).toMatch(
      /^kind: Model\nid: shoppers\n/,
    );
    expect(readFileSync(path.join(folder, 'shoppers.svg'), 'utf8')).toMatch(/^<svg /);
    expect(out).toContain('accuracy 100.0 % on 12 persons that it had not seen');
    expect(out).toMatch(/silhouette 0\.\d{3} \(1 = far apart, 0 = they touch\)/);
    const json = JSON.parse(out.slice(out.lastIndexOf('{"model"'))) as { read: number; groups: { persons: number }[] };
    expect(json.read).toBe(60);
    expect(json.groups.reduce((sum, { persons }) => sum + persons, 0)).toBe(60);
  });

  it('writes nothing that it cannot, and says what to do', async () => {
    const from = ['--from', path.join(folder, 'persons.ndjson')];
    await expect(
      run('fit', '--kind', 'kmeans', ...from, '--out', path.join(folder, 'persons.ndjson/x.yaml')),
    ).rejects.toThrow(/--out .* could not be written .*: name a file in a folder that you may write to/);
    await expect(run('fit', '--kind', 'tree', ...from)).rejects.toThrow('say what, as in --label profile.traits.plan');
    expect(existsSync(path.join(folder, 'x.yaml'))).toBe(false);
  });

  it.each([
    [{ kind: 'k-means' }, '--kind is “k-means”: give kmeans or tree.'],
    [{ groups: '1' }, '--groups is “1”: give a whole number from 2 to 20.'],
    [{ seed: '' }, '--seed is “”: give a whole number'],
    [{ depth: '2.5' }, '--depth is “2.5”: give a whole number from 1 to 10.'],
    [{ id: 'My Model' }, '--id is “My Model”: give lower case letters'],
    [{ at: 'soon' }, '--at is “soon”: give a moment such as'],
    [{ where: 'profile.orderCuont > 1' }, '--where “profile.orderCuont > 1”: '],
    [{ label: 'profile.traits.plan' }, '--label is for --kind tree'],
  ])('refuses %j with the flag and the remedy', (wrong, message) => {
    const flags = { kind: 'kmeans', features: 'profile.orderCount', where: '', groups: '3', depth: '3', seed: '7' };
    expect(() => optionsOf({ ...flags, ...wrong })).toThrow(message);
  });
});
