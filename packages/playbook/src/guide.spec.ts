import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

it.each([
  ['write-a-trigger', 'cart-left', 3],
  ['write-a-journey', 'cart-recovery', 5],
])('the guide %s quotes the recipe %s and its tests as they are', (guide, recipe, count) => {
  const quoted = [...read(`docs/guides/${guide}.md`).matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  expect(quoted).toHaveLength(count);
  const sources = read(`playbook/${recipe}.yaml`) + read(`playbook/${recipe}.test.yaml`);
  for (const text of quoted) expect(sources).toContain(text);
});
