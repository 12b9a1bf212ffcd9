import type { CollectedEvent } from '@kairos/contracts';
import type { HistoryEvent } from '../walk.ts';
import type { CallSource } from './parse-line.ts';

/** Events of the past, as they are read: a batch at a time, so that no more than that is in memory. */
export interface History {
  /** Where from, in words. */
  readonly from: string;
  /** Reads from the start; more than once, if asked. */
  read(): AsyncIterable<readonly HistoryEvent[]>;
  /**
   * Reads from the start, and no more of each event than is asked for here. `isHasty`: a glance may be mistaken, so whoever
   * parses a line compares. Left out where reading twice may give two answers.
   */
  glimpses?(isHasty: boolean): AsyncIterable<readonly Glimpse[]>;
  /** Where the lines of a glimpse come from. */
  readonly source?: CallSource;
  /** How long it is as text, as far as that can be told beforehand. */
  readonly bytes?: number;
  /** How much of it was read, from 0 to 1. */
  readonly share: number;
  /** What was no event; counted up to now. */
  readonly unreadable: number;
  /** The first things that were no event, with line and reason. */
  readonly problems: readonly string[];
}

/** When an event happened and to whom, and the line or the event itself. */
export interface Glimpse {
  /** UTC ms. */
  readonly atMs: number;
  /** See `idsOf`. */
  readonly ids: readonly string[];
  /** The line that tells of it, to be parsed; a character for each of its bytes. */
  readonly line?: string;
  /** Where there is no line: the event. */
  readonly event?: CollectedEvent;
}

/** What a rehearsal makes of an event that happened. */
export interface HistoryOptions {
  /** Imported history stays history, which starts nothing. */
  readonly keepBackfill: boolean;
  /** Everybody who has an id is taken to have an e-mail address. */
  readonly everyoneReachable: boolean;
}

/** The events as a rehearsal takes them: as if they came in at their own time, and were no history. */
export function prepared(options: HistoryOptions): (happened: HistoryEvent) => HistoryEvent {
  const reachable = options.everyoneReachable ? new Reachable() : undefined;
  return (happened) => {
    const live =
      options.keepBackfill || !happened.event.backfill ? happened.event : { ...happened.event, backfill: false };
    const event = reachable?.of(live) ?? live;
    return event === happened.event ? happened : { atMs: happened.atMs, event };
  };
}

/** Gives whoever has an id and no address a made-up one, so that a history without addresses can be rehearsed, too. */
class Reachable {
  readonly #known = new Set<string>();

  of(event: CollectedEvent): CollectedEvent {
    const id = event.userId;
    if (id === null || this.#known.has(id)) return event;
    this.#known.add(id);
    const traits = JSON.parse(event.traits) as Record<string, unknown>;
    if (typeof traits.email === 'string') return event;
    // A name that the domain name system keeps for nobody (RFC 2606).
    const email = `${encodeURIComponent(id).slice(0, 60).toLowerCase()}@customer.invalid`;
    return { ...event, traits: JSON.stringify({ ...traits, email }) };
  }
}
