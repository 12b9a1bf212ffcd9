import type { Variable } from './known-names.ts';
import type { Reads } from './types.ts';

/** Paths are cut after two fields: `traits.address.city` is read as `traits.address`. */
const PATH_DEPTH = 2;

export class ReadsCollector {
  readonly #paths = new Map<Variable, Set<string>>();

  add(variable: Variable, path: readonly string[]): void {
    const text = path.length === 0 ? '*' : path.slice(0, PATH_DEPTH).join('.');
    const known = this.#paths.get(variable);
    if (known === undefined) this.#paths.set(variable, new Set([text]));
    else known.add(text);
  }

  result(): Reads {
    const of = (variable: Variable) => [...(this.#paths.get(variable) ?? [])].sort();
    return {
      event: of('event'),
      properties: of('properties'),
      profile: of('profile'),
      history: of('history'),
      segments: this.#paths.has('segments'),
      now: this.#paths.has('now'),
    };
  }
}
