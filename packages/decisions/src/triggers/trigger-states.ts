import { compareText } from '../compare-text.ts';
import { isEmptyTrigger, type TriggerState } from './state.ts';

/** What is remembered of triggers as it lies encoded, in order of id: each is read when it is asked for. A value. */
export interface StoredTriggers {
  readonly size: number;
  /** Place of a trigger; -1 = nothing is remembered of it. */
  placeOf(id: string): number;
  idAt(place: number): string;
  stateAt(place: number): TriggerState;
  /** As `triggerDueAtMs` and `triggerEndsAtMs`, without reading the state. */
  dueAtMs(place: number): number | undefined;
  endsAtMs(place: number): number | undefined;
}

/** As it is written by hand, or has come as JSON. */
export type PlainTriggers = Readonly<Record<string, TriggerState>>;
/** What is remembered of triggers, by id, in either form. */
export type Triggers = TriggerStates | PlainTriggers;

const NONE = -1;

/** What is held in the place of, or beside, what is stored. */
interface Held {
  readonly id: string;
  /** null = let go. */
  readonly state: TriggerState | null;
  /** Where it is stored; NONE = it is not. */
  readonly place: number;
}

const NOTHING_HELD: readonly Held[] = [];

/**
 * What a person's detector remembers, by trigger. A person may be known to dozens of triggers while an event concerns one or
 * two: only these are read and written, the others stay as they lie. A value: `with` answers another.
 */
export class TriggerStates {
  static readonly none = new TriggerStates(null, NOTHING_HELD);
  /** Undefined when all are held. */
  readonly stored: StoredTriggers | null;
  readonly held: readonly Held[];

  private constructor(stored: StoredTriggers | null, held: readonly Held[]) {
    this.stored = stored;
    this.held = held;
  }

  static from(stored: StoredTriggers): TriggerStates {
    return new TriggerStates(stored, NOTHING_HELD);
  }

  static of(triggers: Triggers | undefined): TriggerStates {
    if (triggers === undefined) return TriggerStates.none;
    if (triggers instanceof TriggerStates) return triggers;
    const held: Held[] = [];
    for (const id in triggers) {
      const state = Object.hasOwn(triggers, id) ? triggers[id] : undefined;
      if (state !== undefined) held.push({ id, state, place: NONE });
    }
    return held.length === 0 ? TriggerStates.none : new TriggerStates(null, held);
  }

  /** One trigger alone, as most persons have it. */
  static ofOne(id: string, state: TriggerState): TriggerStates {
    return new TriggerStates(null, [{ id, state, place: NONE }]);
  }

  get(id: string): TriggerState | undefined {
    for (const one of this.held) if (one.id === id) return one.state ?? undefined;
    const place = this.stored?.placeOf(id) ?? NONE;
    return place === NONE ? undefined : this.stored?.stateAt(place);
  }

  /** With another state of one trigger; an empty one is let go. */
  with(id: string, state: TriggerState): TriggerStates {
    const kept = isEmptyTrigger(state) ? null : state;
    const at = this.held.findIndex((one) => one.id === id);
    const place = at < 0 ? (this.stored?.placeOf(id) ?? NONE) : (this.held[at]?.place ?? NONE);
    if (kept === null && place === NONE) {
      return at < 0 ? this : new TriggerStates(this.stored, this.held.toSpliced(at, 1));
    }
    const held = this.held.slice();
    held[at < 0 ? held.length : at] = { id, state: kept, place };
    return new TriggerStates(this.stored, held);
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  get size(): number {
    let size = this.stored?.size ?? 0;
    for (const { state, place } of this.held) {
      if (place === NONE) size += 1;
      else if (state === null) size -= 1;
    }
    return size;
  }

  /** In order of id, whatever way they have come: the same states are written as the same bytes. */
  ids(): readonly string[] {
    const ids: string[] = [];
    for (let place = 0; place < (this.stored?.size ?? 0); place += 1) {
      if (!this.isHeld(place)) ids.push(this.stored?.idAt(place) ?? '');
    }
    for (const { id, state } of this.held) if (state !== null) ids.push(id);
    return ids.length < 2 ? ids : ids.sort(compareText);
  }

  /** Whether something is held instead of what is stored there. */
  isHeld(place: number): boolean {
    for (const one of this.held) if (one.place === place) return true;
    return false;
  }

  toJSON(): PlainTriggers {
    return Object.fromEntries(this.ids().map((id) => [id, this.get(id) as TriggerState]));
  }
}
