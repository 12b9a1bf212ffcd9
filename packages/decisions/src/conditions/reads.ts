import type { Variable } from './known-names.ts';
import type { Reads } from './types.ts';

/** Paths are cut after two fields: `traits.address.city` is read as `traits.address`. */
const PATH_DEPTH = 2;

export class ReadsCollector {
  readonly #paths = new Map<Variable, Set<string>>();

  /** The names directly below these variables, which may contain dots. */
  readonly #names = new Map<Variable, Set<string>>();

  add(variable: Variable, path: readonly string[]): void {
    const text = path.length === 0 ? '*' : path.slice(0, PATH_DEPTH).join('.');
    const known = this.#paths.get(variable);
    if (known === undefined) this.#paths.set(variable, new Set([text]));
    else known.add(text);
    const names = this.#names.get(variable) ?? new Set<string>();
    this.#names.set(variable, names.add(path[0] ?? '*'));
  }

  #first(variable: Variable): readonly string[] {
    return [...(this.#names.get(variable) ?? [])];
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
      evidence: of('evidence'),
      sends: [...new Set([...this.#first('sends'), ...this.#first('reasons')])].sort(),
    };
  }
}
