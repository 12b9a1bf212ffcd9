/** A promise was broken. `oracle` names the promise, for the table of mutations. */
export class Violation extends Error {
  readonly oracle: string;

  constructor(oracle: string, message: string) {
    super(`${oracle}: ${message}`);
    this.name = 'Violation';
    this.oracle = oracle;
  }
}
