/** What became of one person so far. */
export interface PersonTally {
  proposed: number;
  chosen: number;
  /** See `fateMark`. */
  mark: number;
}

/** Persons as they cross from one thread to another: three numbers for each. */
export interface ToldPersons {
  readonly ids: readonly string[];
  readonly numbers: Float64Array;
}

/** Persons for whom something was proposed or decided; of all others there is nothing to remember. */
export class PersonTallies {
  readonly #known = new Map<string, PersonTally>();

  of(personId: string): PersonTally {
    let tally = this.#known.get(personId);
    if (tally === undefined) {
      tally = { proposed: 0, chosen: 0, mark: 0 };
      this.#known.set(personId, tally);
    }
    return tally;
  }

  merge(from: string, to: string): void {
    const old = this.#known.get(from);
    if (old === undefined) return;
    this.#known.delete(from);
    const known = this.of(to);
    known.proposed += old.proposed;
    known.chosen += old.chosen;
    known.mark = (known.mark + old.mark) >>> 0;
  }

  has(personId: string): boolean {
    return this.#known.has(personId);
  }

  markOf(personId: string): number {
    return this.#known.get(personId)?.mark ?? 0;
  }

  told(): ToldPersons {
    const numbers = new Float64Array(3 * this.#known.size);
    let at = 0;
    for (const { proposed, chosen, mark } of this.#known.values()) {
      numbers.set([proposed, chosen, mark], at);
      at += 3;
    }
    return { ids: [...this.#known.keys()], numbers };
  }

  /** Adds other persons. */
  add({ ids, numbers }: ToldPersons): void {
    ids.forEach((id, at) => {
      const [proposed = 0, chosen = 0, mark = 0] = numbers.subarray(3 * at, 3 * at + 3);
      this.#known.set(id, { proposed, chosen, mark });
    });
  }

  [Symbol.iterator](): IterableIterator<[string, PersonTally]> {
    return this.#known.entries();
  }
}
