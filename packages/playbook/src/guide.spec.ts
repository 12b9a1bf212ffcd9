import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

it('the guide quotes the recipe and its tests as they are', () => {
  const quoted = [...read('docs/guides/write-a-trigger.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map(
    ([, text = '']) => text,
  );
  expect(quoted).toHaveLength(3);
  const sources = read('playbook/cart-left.yaml') + read('playbook/cart-left.test.yaml');
  for (const text of quoted) expect(sources).toContain(text);
});
