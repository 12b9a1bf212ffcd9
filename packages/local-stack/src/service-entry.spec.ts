import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { serviceEntry } from './service-entry.ts';

const COMPILED = 'services/collector/dist/main.js';
const BUNDLE = 'services/collector/dist/bundle/main.js';

let repository: string;
const write = (file: string, second: number): void => {
  const at = join(repository, file);
  mkdirSync(dirname(at), { recursive: true });
  writeFileSync(at, '');
  utimesSync(at, second, second);
};

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'kairos-entry-'));
  write(COMPILED, 1);
  write('services/collector/dist/.tsbuildinfo', 1);
  write('packages/contracts/dist/.tsbuildinfo', 1);
  write('packages/decisions/README.md', 9);
});

afterEach(() => rmSync(repository, { recursive: true, force: true }));

it('is the bundle that was made of what is compiled', () => {
  write(BUNDLE, 2);
  expect(serviceEntry('collector', repository)).toBe(join(repository, BUNDLE));
});

it('is the compiled service before there is a bundle', () => {
  expect(serviceEntry('collector', repository)).toBe(join(repository, COMPILED));
});

it.each([
  ['the service', 'services/collector/dist/.tsbuildinfo'],
  ['a package', 'packages/contracts/dist/.tsbuildinfo'],
])('is the compiled service when %s was compiled after the bundle', (_, changed) => {
  write(BUNDLE, 2);
  write(changed, 3);
  expect(serviceEntry('collector', repository)).toBe(join(repository, COMPILED));
});

it('is the bundle where the compiler has left no notes, as in an image', () => {
  write(BUNDLE, 2);
  rmSync(join(repository, 'services/collector/dist/.tsbuildinfo'));
  rmSync(join(repository, 'packages'), { recursive: true });
  mkdirSync(join(repository, 'packages'));
  expect(serviceEntry('collector', repository)).toBe(join(repository, BUNDLE));
});
