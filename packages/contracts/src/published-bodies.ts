import type { Activation, PlaybookRecord } from './generated/avro-types.ts';

type Named = { readonly kind: string; readonly id: string; readonly version: string };

/** `Trigger/cart-left@3f2a…`: how activations name a definition. */
export const referenceOf = ({ kind, id, version }: Named): string => `${kind}/${id}@${version}`;

/** What an activation stands for. */
export interface ActivatedBodies {
  /** In the order in which it names them. */
  readonly definitions: readonly unknown[];
  /** What was published before it and it does not name: somebody may still be on an earlier version. */
  readonly earlier: readonly EarlierBody[];
}

export interface EarlierBody {
  readonly body: unknown;
  /** For how long no activation has named it. */
  readonly replacedForMs: number;
}

/**
 * The definitions on `playbook.published`, and how long ago they left the playbook that is live: a fold of its records in
 * order. Of the log alone, so that every reader of it says the same of every activation.
 */
export class PublishedBodies {
  readonly #bodies = new Map<string, { readonly firstAt: number; readonly body: unknown }>();
  readonly #replacedSinceMs = new Map<string, number>();
  #live: readonly string[] = [];
  #nowMs = 0;

  /** One that is published again unchanged stands where it stood first. Throws when its body is no JSON. */
  add(definition: NonNullable<PlaybookRecord['definition']>, offset: number): void {
    const reference = referenceOf(definition);
    if (this.#bodies.has(reference)) return;
    this.#bodies.set(reference, { firstAt: offset, body: JSON.parse(definition.body) });
  }

  /** Whether all that it names is known. */
  isWhole({ definitions }: Pick<Activation, 'definitions'>): boolean {
    return definitions.every((reference) => this.#bodies.has(reference));
  }

  /** From here on it is the live one. */
  activated({ definitions, publishedAtMs }: Pick<Activation, 'definitions' | 'publishedAtMs'>): void {
    for (const reference of this.#live) this.#replacedSinceMs.set(reference, publishedAtMs);
    for (const reference of definitions) this.#replacedSinceMs.delete(reference);
    this.#live = definitions;
    this.#nowMs = publishedAtMs;
  }

  /** What the activation at this offset stands for, which is the last one that `activated` was told of. Throws when it is not whole. */
  resolve({ definitions }: Pick<Activation, 'definitions'>, offset: number): ActivatedBodies {
    const named = new Set(definitions);
    return {
      definitions: definitions.map((reference) => this.#bodyOf(reference, offset)),
      earlier: [...this.#bodies].flatMap(([reference, { firstAt, body }]) =>
        firstAt < offset && !named.has(reference) ? [{ body, replacedForMs: this.#replacedForMs(reference) }] : [],
      ),
    };
  }

  #bodyOf(reference: string, offset: number): unknown {
    const known = this.#bodies.get(reference);
    if (known !== undefined) return known.body;
    throw new Error(
      `playbook.published@${offset}: the activation names ${reference}, which is not on the topic; publish again`,
    );
  }

  /** From the activation that did not name it any more to the last one. 0 = that was the last one, or nobody ever named it. */
  #replacedForMs(reference: string): number {
    return Math.max(0, this.#nowMs - (this.#replacedSinceMs.get(reference) ?? this.#nowMs));
  }
}
