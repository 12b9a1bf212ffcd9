import type { RollUp, Stand } from '../ports.ts';

/** So many persons of a partition are remembered, those with the latest events. */
export const MAX_PERSONS = 10_000;
/** So many of a person's latest events: what the house did may be counted after an event that came later. */
export const MAX_EVENTS = 3;

interface Told {
  readonly atMs: number;
  readonly stand: Stand;
}

interface Partition {
  /** Up to where on `events.enriched` this memory goes. */
  readonly nextOffset: number;
  /** Latest event last, and so are the persons. */
  readonly persons: Map<string, readonly Told[]>;
}

/**
 * How persons stood with their latest events, as this process counted them. It spares most look-ups on the timeline, and
 * answers nothing that the timeline would not: whoever asks says up to where events are counted, and what another process
 * counted in between makes the memory of that partition worthless.
 */
export class RecentStands {
  readonly #partitions = new Map<number, Partition>();

  /** Events of a partition from one offset to another are counted, and committed. */
  note(partition: number, moved: { readonly from: number; readonly to: number }, rollUps: readonly RollUp[]): void {
    const known = this.#partitions.get(partition);
    const persons = known?.nextOffset === moved.from ? known.persons : new Map<string, readonly Told[]>();
    for (const { entry, stand } of rollUps) {
      if (entry === undefined || stand === undefined) continue;
      const before = persons.get(entry.personId) ?? [];
      const told = [...before, { atMs: entry.atMs, stand }].sort((a, b) => a.atMs - b.atMs).slice(-MAX_EVENTS);
      persons.delete(entry.personId);
      persons.set(entry.personId, told);
    }
    for (const personId of persons.keys()) {
      if (persons.size <= MAX_PERSONS) break;
      persons.delete(personId);
    }
    this.#partitions.set(partition, { nextOffset: moved.to, persons });
  }

  /** Up to where events of a partition are counted at least, as this process knows. */
  countedTo(partition: number): number {
    return this.#partitions.get(partition)?.nextOffset ?? 0;
  }

  /** How a person stood with the last event not after a moment; undefined where the timeline must be asked. */
  of(
    place: { readonly partition: number; readonly countedTo: number },
    personId: string,
    atMs: number,
  ): Stand | undefined {
    const known = this.#partitions.get(place.partition);
    if (known?.nextOffset !== place.countedTo) return undefined;
    return known.persons.get(personId)?.findLast((told) => told.atMs <= atMs)?.stand;
  }
}
