import { compareText } from '../compare-text.ts';
import { isSafeName } from '../profiles/json.ts';
import { add, readAmount } from '../profiles/money.ts';
import type { ComputeKind } from './definition.ts';

/** A single value, as an event says it. Longer texts are cut. */
export type Scalar = string | number | boolean;
const MAX_TEXT = 100;

/** One value of one event. `value` is null where events are counted. */
export interface Told {
  readonly value: Scalar | null;
  readonly atMs: number;
}

/** What is kept of the values of one bucket. JSON. */
export type Cell =
  | number
  /** Exact decimal text. */
  | string
  | readonly [count: number, sum: string]
  | { readonly value: Scalar; readonly atMs: number }
  | Readonly<Record<string, number>>;

/**
 * One way to compute. `join` is commutative and associative, so the order in which values arrive decides nothing, and the
 * cells of two persons who are one are joined alike.
 */
interface Computing<C extends Cell> {
  /** Null for a value that can't be meant. */
  of(told: Told): C | null;
  join(a: C, b: C): C;
  /** What conditions see, from the cells of the window in order of time. */
  show(cells: readonly C[]): Scalar | null;
}

const sumOf = (amounts: readonly string[]): number => {
  let sum = 0;
  for (const amount of amounts) sum += Number(amount);
  // Each cell is exact; that of their sum which is beyond a double's digits is rounded away.
  return Number(sum.toPrecision(15));
};
const amountOf = ({ value }: Told): string | null => (typeof value === 'boolean' ? null : readAmount(value));
const numberOf = (told: Told): number | null => {
  const amount = amountOf(told);
  return amount === null ? null : Number(amount);
};
const best = (cells: readonly number[], choose: (...all: number[]) => number): number | null =>
  cells.length === 0 ? null : choose(...cells);

const count: Computing<number> = {
  of: () => 1,
  join: (a, b) => a + b,
  show: (cells) => cells.reduce((sum, one) => sum + one, 0),
};

const sum: Computing<string> = { of: amountOf, join: add, show: sumOf };

const average: Computing<readonly [count: number, sum: string]> = {
  of: (told) => {
    const amount = amountOf(told);
    return amount === null ? null : [1, amount];
  },
  join: (a, b) => [a[0] + b[0], add(a[1], b[1])],
  show: (cells) => {
    const counted = cells.reduce((all, [one]) => all + one, 0);
    return counted === 0 ? null : sumOf(cells.map(([, amount]) => amount)) / counted;
  },
};

const min: Computing<number> = { of: numberOf, join: Math.min, show: (cells) => best(cells, Math.min) };
const max: Computing<number> = { of: numberOf, join: Math.max, show: (cells) => best(cells, Math.max) };

type At = { readonly value: Scalar; readonly atMs: number };
const textOf = (value: Scalar): string => JSON.stringify(value);
const cut = (value: Scalar): Scalar => (typeof value === 'string' ? value.slice(0, MAX_TEXT) : value);
const atOf = ({ value, atMs }: Told): At | null =>
  value === null || value === '' ? null : { value: cut(value), atMs };
/** At the same instant the one that sorts first. */
const chosen = (a: At, b: At, sign: 1 | -1): At => {
  const difference = (a.atMs - b.atMs) * sign || compareText(textOf(b.value), textOf(a.value));
  return difference >= 0 ? a : b;
};

const first: Computing<At> = {
  of: atOf,
  join: (a, b) => chosen(a, b, -1),
  show: (cells) => cells[0]?.value ?? null,
};
const last: Computing<At> = {
  of: atOf,
  join: (a, b) => chosen(a, b, 1),
  show: (cells) => cells.at(-1)?.value ?? null,
};

type Counts = Readonly<Record<string, number>>;
/** Values are told apart by their text: shops send one id as a number here and as a text there. */
const nameOf = ({ value }: Told): string | null => {
  const name = value === null ? '' : String(value).slice(0, MAX_TEXT);
  return isSafeName(name) ? name : null;
};

function joinedCounts(a: Counts, b: Counts): Counts {
  const counts: Record<string, number> = { ...a };
  for (const [name, times] of Object.entries(b)) counts[name] = (Object.hasOwn(a, name) ? (a[name] ?? 0) : 0) + times;
  return counts;
}

const top: Computing<Counts> = {
  of: (told) => {
    const name = nameOf(told);
    return name === null ? null : { [name]: 1 };
  },
  join: joinedCounts,
  show: (cells) => {
    const counts = cells.reduce<Counts>(joinedCounts, {});
    const [most] = Object.entries(counts).sort((a, b) => b[1] - a[1] || compareText(a[0], b[0]));
    return most?.[0] ?? null;
  },
};

/** A cell per value, which says when it came last. */
const distinct: Computing<number> = {
  of: ({ atMs }) => atMs,
  join: Math.max,
  show: (cells) => cells.length,
};

const kinds = { count, sum, average, min, max, first, last, distinct, top };

/** The way to compute of a kind. A cell only ever meets the way that made it. */
export const computing = (kind: ComputeKind): Computing<Cell> => kinds[kind] as unknown as Computing<Cell>;

/** Under which name a `distinct` value has its cell; null for what has no name. */
export const distinctName = nameOf;
