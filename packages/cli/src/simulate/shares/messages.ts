import type { CallSource } from '../history/parse-line.ts';
import type { HistoryEvent } from '../walk.ts';
import type { ShareAbout, ShareResult, ShareUntil } from './share.ts';

/** Numbers of an event beside its line: when it happened, when it comes in (UTC ms), the mark of its ids, its room, and where its line ends. */
export const NUMBERS = 5;

/** What is said to the one who walks a share. Each but `begin` is answered. */
export type ToShare =
  | { readonly kind: 'begin'; readonly about: ShareAbout; readonly startMs: number; readonly source: CallSource }
  /** Lines, one behind the other: so they go from one thread to another as one piece of memory, which is not copied. */
  | { readonly kind: 'lines'; readonly lines: Uint8Array; readonly numbers: Float64Array }
  | { readonly kind: 'events'; readonly events: readonly HistoryEvent[]; readonly rooms: readonly number[] }
  | { readonly kind: 'end'; readonly until: ShareUntil };

export type FromShare =
  | { readonly kind: 'taken' }
  /** A line says something else than it seemed to at a glance. */
  | { readonly kind: 'misread' }
  | { readonly kind: 'ended'; readonly results: readonly ShareResult[] }
  | { readonly kind: 'failed'; readonly error: unknown };

/** A line was not what it seemed at a glance. */
export class Misread extends Error {
  constructor() {
    super('a line says something else than it seemed to at a glance');
  }
}

/** One end of a way between two threads: a worker, its `parentPort`, or a port of a channel. */
export interface Way {
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}
