import { expect, it } from '@jest/globals';
import { interleave } from './interleave.ts';

it('variants take turns, never in blocks, and never at the same time', async () => {
  const order: string[] = [];
  const variant = (name: string) => async (run: number) => {
    order.push(`${name}${run}`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push('.');
    return run;
  };
  const results = await interleave({ a: variant('a'), b: variant('b') }, 3);
  expect(order.join('')).toBe('a1.b1.a2.b2.a3.b3.');
  expect(results).toEqual({ a: [1, 2, 3], b: [1, 2, 3] });
});

it('a run that fails ends the bench: half of a comparison is none', async () => {
  const failing = interleave({ a: async () => 1, b: () => Promise.reject(new Error('no broker')) }, 3);
  await expect(failing).rejects.toThrow('no broker');
});
