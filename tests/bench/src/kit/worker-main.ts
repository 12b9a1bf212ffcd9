import type { Work } from './work.ts';

export interface WorkOrder {
  readonly module: string;
  readonly name: string;
  readonly input: unknown;
}

export type WorkAnswer =
  | { readonly kind: 'done'; readonly output: unknown }
  | { readonly kind: 'failed'; readonly error: string };

const answer = (message: WorkAnswer): Promise<void> =>
  new Promise((resolve) => process.send?.(message, () => resolve()));

const work = async ({ module, name, input }: WorkOrder): Promise<WorkAnswer> => {
  try {
    const { works } = (await import(module)) as { works: Record<string, Work<unknown, unknown>> };
    const found = works[name];
    if (found === undefined) throw new Error(`${module} declares no work "${name}"`);
    return { kind: 'done', output: await found.run(input) };
  } catch (error) {
    return { kind: 'failed', error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
};

// The one that ordered is gone: nobody wants the answer.
process.once('disconnect', () => process.exit(1));
process.once('message', async (order: WorkOrder) => {
  await answer(await work(order));
  process.exit(0);
});
