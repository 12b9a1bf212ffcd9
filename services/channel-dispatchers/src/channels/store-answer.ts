import type { Answer } from '../ports.ts';

/** The answer of a store of ours that is idempotent by id: what fails may simply be repeated. */
export async function answerOfStore(put: () => Promise<void>, providerId: string): Promise<Answer> {
  try {
    await put();
    return { kind: 'accepted', providerId };
  } catch (error) {
    const { code, name } = error as { code?: unknown; name?: unknown };
    // Not the error's own text: it may quote the row.
    return { kind: 'again', afterMs: null, detail: `the store could not be asked (${String(code ?? name)})` };
  }
}
