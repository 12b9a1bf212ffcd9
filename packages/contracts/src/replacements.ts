import type { Activation } from './generated/avro-types.ts';

/**
 * How long ago definitions left the playbook that is live: a fold of the activations of `playbook.published`, in order. Of
 * the log alone, so that every reader of it says the same of every activation.
 */
export class Replacements {
  readonly #sinceMs = new Map<string, number>();
  #named: readonly string[] = [];
  #nowMs = 0;

  activated({ definitions, publishedAtMs }: Pick<Activation, 'definitions' | 'publishedAtMs'>): void {
    for (const reference of this.#named) this.#sinceMs.set(reference, publishedAtMs);
    for (const reference of definitions) this.#sinceMs.delete(reference);
    this.#named = definitions;
    this.#nowMs = publishedAtMs;
  }

  /** From the activation that did not name it any more to the last one. 0 = that was the last one, or nobody ever named it. */
  forMs(reference: string): number {
    return Math.max(0, this.#nowMs - (this.#sinceMs.get(reference) ?? this.#nowMs));
  }
}
