import { compareText } from '../compare-text.ts';
import { type Cell, computing, distinctName, type Scalar, type Told } from './cells.ts';
import type { ComputeKind } from './definition.ts';

/** Different values that a `distinct` trait tells apart per person; of more those that came last. */
export const MAX_DISTINCT = 500;
/** Different values that a `top` trait counts per person; of more the rarest are forgotten. */
export const MAX_TOP = 50;

/** What is kept of one trait. `cells` are by number of bucket, of `distinct` by value. JSON. */
export interface TraitState {
  readonly kind: ComputeKind;
  readonly cells: Readonly<Record<string, Cell>>;
}

/** Kept per meaning, so that what was counted under another definition is never taken for this one. */
export type ComputedState = Readonly<Record<string, TraitState>>;

export interface Window {
  readonly kind: ComputeKind;
  readonly withinMs: number | null;
  readonly bucketMs: number | null;
}

const ONE_BUCKET = '0';

/** Whether a cell lies in the window that ends at `nowMs`. */
function inWindow({ kind, withinMs, bucketMs }: Window, nowMs: number): (name: string, cell: Cell) => boolean {
  if (withinMs === null || bucketMs === null) return () => true;
  const from = firstBucket(withinMs, bucketMs, nowMs);
  if (kind === 'distinct') return (_, cell) => Math.floor(Number(cell) / bucketMs) >= from;
  return (name) => Number(name) >= from;
}

const firstBucket = (withinMs: number, bucketMs: number, nowMs: number): number =>
  Math.floor((nowMs - withinMs) / bucketMs);

/** Adds a value; `nowMs` is the log time of its event. What lies before the window is left out, and forgotten. */
export function withValue(
  state: TraitState | undefined,
  told: Told,
  { window, nowMs }: { readonly window: Window; readonly nowMs: number },
): TraitState | undefined {
  const { kind, bucketMs } = window;
  const way = computing(kind);
  const cell = way.of(told);
  const name =
    kind === 'distinct'
      ? distinctName(told)
      : bucketMs === null
        ? ONE_BUCKET
        : String(Math.floor(told.atMs / bucketMs));
  if (cell === null || name === null) return state;
  const isIn = inWindow(window, nowMs);
  const before = state?.cells ?? {};
  const cells: Record<string, Cell> = {};
  for (const [key, known] of Object.entries(before)) if (isIn(key, known)) cells[key] = known;
  if (isIn(name, cell)) {
    const known = Object.hasOwn(cells, name) ? cells[name] : undefined;
    cells[name] = known === undefined ? cell : way.join(known, cell);
  }
  return bounded({ kind, cells });
}

/** What two persons who are one have done: each bucket joined. */
export function mergedComputed(a: ComputedState | undefined, b: ComputedState | undefined): ComputedState | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const merged: Record<string, TraitState> = { ...a };
  for (const [meaning, other] of Object.entries(b)) {
    const known = Object.hasOwn(merged, meaning) ? merged[meaning] : undefined;
    merged[meaning] = known === undefined ? other : joined(known, other);
  }
  return merged;
}

function joined(a: TraitState, b: TraitState): TraitState {
  const way = computing(a.kind);
  const cells: Record<string, Cell> = { ...a.cells };
  for (const [name, cell] of Object.entries(b.cells)) {
    const known = Object.hasOwn(cells, name) ? cells[name] : undefined;
    cells[name] = known === undefined ? cell : way.join(known, cell);
  }
  return bounded({ kind: a.kind, cells });
}

/** The value as it stands at `nowMs`; null when nothing was told. */
export function valueAt(state: TraitState | undefined, window: Window, nowMs: number): Scalar | null {
  const isIn = inWindow(window, nowMs);
  const cells: Cell[] = [];
  // Numbers of buckets come in ascending order: that is how objects keep such names.
  for (const [name, cell] of Object.entries(state?.cells ?? {})) if (isIn(name, cell)) cells.push(cell);
  return computing(window.kind).show(cells);
}

// ---- bounds ----------------------------------------------------------------------------------------------------------

function bounded(state: TraitState): TraitState {
  if (state.kind === 'distinct') return boundedDistinct(state);
  return state.kind === 'top' ? boundedTop(state) : state;
}

/** Keeps those that came last, which is the same in whatever order they come. */
function boundedDistinct(state: TraitState): TraitState {
  const entries = Object.entries(state.cells);
  if (entries.length <= MAX_DISTINCT) return state;
  entries.sort((a, b) => Number(b[1]) - Number(a[1]) || compareText(a[0], b[0]));
  return { ...state, cells: Object.fromEntries(entries.slice(0, MAX_DISTINCT)) };
}

/** Forgets the rarest values, of those equally rare the ones that came first. Beyond the bound it is a good guess only. */
function boundedTop(state: TraitState): TraitState {
  const known = new Map<string, { times: number; lastBucket: number }>();
  for (const [bucket, cell] of Object.entries(state.cells) as [string, Readonly<Record<string, number>>][]) {
    for (const [name, times] of Object.entries(cell)) {
      known.set(name, { times: (known.get(name)?.times ?? 0) + times, lastBucket: Number(bucket) });
    }
  }
  if (known.size <= MAX_TOP) return state;
  const rarest = [...known].sort(
    ([a, one], [b, other]) => one.times - other.times || one.lastBucket - other.lastBucket || compareText(b, a),
  );
  const forgotten = new Set(rarest.slice(0, known.size - MAX_TOP).map(([name]) => name));
  const cells = Object.entries(state.cells).map(([bucket, cell]) => {
    const kept = Object.entries(cell).filter(([name]) => !forgotten.has(name));
    return [bucket, Object.fromEntries(kept)] as const;
  });
  return { ...state, cells: Object.fromEntries(cells) };
}
