/** What a run can be found guilty of. */
export const FAULTS = [
  'lost',
  'phantom',
  'doubled',
  'reordered',
  'early',
  'missed',
  'state',
  'unacknowledged',
  'buried',
  'slow',
] as const;

export type Fault = (typeof FAULTS)[number];

/** One thing that is not as it must be, with the ids and offsets that lead to it. */
export interface Finding {
  readonly fault: Fault;
  /** Which promise: `enrich → events.enriched`, `timers of cart-left`, … */
  readonly where: string;
  readonly what: string;
}

/** One promise that was looked at: kept, or broken in the ways that the findings tell. */
export interface Promised {
  readonly promise: string;
  readonly findings: readonly Finding[];
  /** Figures worth telling: how many records were compared, how many came again. */
  readonly figures?: Readonly<Record<string, number | string>>;
}

/** Findings are kept up to this number for each fault of a promise; the rest is counted. */
const SHOWN = 5;

/** Gathers findings of one promise without drowning in them. */
export class Findings {
  readonly #where: string;
  readonly #counts = new Map<Fault, number>();
  readonly #kept: Finding[] = [];

  constructor(where: string) {
    this.#where = where;
  }

  add(fault: Fault, what: string): void {
    const count = (this.#counts.get(fault) ?? 0) + 1;
    this.#counts.set(fault, count);
    if (count <= SHOWN) this.#kept.push({ fault, where: this.#where, what });
  }

  count(fault: Fault): number {
    return this.#counts.get(fault) ?? 0;
  }

  get all(): readonly Finding[] {
    const rest = [...this.#counts].filter(([, count]) => count > SHOWN);
    return [
      ...this.#kept,
      ...rest.map(([fault, count]) => ({ fault, where: this.#where, what: `… and ${count - SHOWN} more` })),
    ];
  }
}
