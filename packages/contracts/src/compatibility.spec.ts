import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import avsc from 'avsc';

const avro = path.join(import.meta.dirname, '..', 'avro');
const history = path.join(avro, 'history');

const load = (file: string): avsc.Type =>
  avsc.Type.forSchema(JSON.parse(readFileSync(file, 'utf8')), { wrapUnions: 'auto' });

const versionsOf = (schema: string): string[] =>
  readdirSync(history)
    .filter((file) => file.startsWith(`${schema}.`) && /^\d+$/.test(file.split('.').at(-2) ?? ''))
    .filter((file) => file.split('.').slice(0, -2).join('.') === schema)
    .sort((a, b) => Number(a.split('.').at(-2)) - Number(b.split('.').at(-2)));

const current = readdirSync(avro).filter((file) => file.endsWith('.avsc'));

describe.each(current)('%s', (file) => {
  const schema = file.slice(0, -'.avsc'.length);
  const versions = versionsOf(schema);

  it('is kept as its own latest version', () => {
    const latest = versions.at(-1);
    expect({ schema, kept: latest !== undefined }).toEqual({ schema, kept: true });
    const remedy = 'run node packages/contracts/scripts/keep-version.mjs and commit the new version';
    const same = readFileSync(path.join(avro, file), 'utf8') === readFileSync(path.join(history, latest ?? ''), 'utf8');
    expect({ same, remedy }).toEqual({ same: true, remedy });
  });

  it('reads every kept version, and every kept version reads it (FULL_TRANSITIVE)', () => {
    const types = versions.map((version) => load(path.join(history, version)));
    for (const reader of types) {
      for (const writer of types) {
        const resolver = reader.createResolver(writer);
        for (let sample = 0; sample < 20; sample++) {
          const value: unknown = reader.fromBuffer(writer.toBuffer(writer.random()), resolver);
          expect(reader.isValid(value)).toBe(true);
        }
      }
    }
  });
});

it('a renamed field would be caught', () => {
  const before = avsc.Type.forSchema({ type: 'record', name: 'R', fields: [{ name: 'a', type: 'string' }] });
  const after = avsc.Type.forSchema({ type: 'record', name: 'R', fields: [{ name: 'b', type: 'string' }] });
  expect(() => after.createResolver(before)).toThrow();
});
