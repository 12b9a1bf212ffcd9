import type { EnrichedEvent } from '@kairos/contracts';
import { compareText } from '../compare-text.ts';
import {
  activeBy,
  type Clock,
  clockAlone,
  countsFrom,
  isLaterActivity,
  type LastActive,
  stateOfClock,
  withClocks,
} from './last-active.ts';
import { type Shared, SharedMemories } from './shared-memory.ts';
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
  /** Of all of them. */
  readonly earliestDueAtMs: number | undefined;
  readonly latestEndAtMs: number | undefined;
}

/** As it is written by hand, or has come as JSON. */
export type PlainTriggers = Readonly<Record<string, TriggerState>>;
/** What is remembered of triggers, by id, in either form. */
export type Triggers = TriggerStates | PlainTriggers;

const NONE = -1;

/** What is held in the place of, or beside, what is stored. */
export interface Held {
  readonly id: string;
  /** null = let go. */
  readonly state: TriggerState | null;
  /** Where it is stored; NONE = it is not. */
  readonly place: number;
}

const NOTHING_HELD: readonly Held[] = [];

/** Of what all that is remembered is made up. */
type Parts = Pick<TriggerStates, 'stored' | 'held' | 'active' | 'shared' | 'read'>;

/**
 * What a person's detector remembers, by trigger. A person may be known to dozens of triggers while an event concerns one or
 * two: only these are read and written, the others stay as they lie. What many remember alike is remembered once
 * (`active`, `shared`), and each of them answers as if it remembered it alone. A value: `with` answers another.
 */
export class TriggerStates {
  /** Undefined when all are held. */
  readonly stored: StoredTriggers | null;
  readonly held: readonly Held[];
  /** Clocks that count from the person's last activity; none of these triggers is stored or held. */
  readonly active: LastActive | null;
  /** What of a trigger is neither stored nor held nor a clock. */
  readonly shared: SharedMemories;
  /** What this, or what it has come of, was read from: whoever writes it can tell what has changed since. Nobody else looks at it. */
  readonly read: object | null;

  private constructor({ stored, held, active, shared, read }: Parts) {
    this.stored = stored;
    this.held = held;
    this.active = active;
    this.shared = shared;
    this.read = read;
  }

  static get none(): TriggerStates {
    return NO_STATES;
  }

  static from(parts: Parts): TriggerStates {
    return new TriggerStates(parts);
  }

  static of(triggers: Triggers | undefined): TriggerStates {
    if (triggers === undefined) return TriggerStates.none;
    if (triggers instanceof TriggerStates) return triggers;
    const held: Held[] = [];
    for (const id in triggers) {
      const state = Object.hasOwn(triggers, id) ? triggers[id] : undefined;
      if (state !== undefined) held.push({ id, state, place: NONE });
    }
    return TriggerStates.from({ stored: null, held, active: null, shared: SharedMemories.none, read: null });
  }

  get(id: string): TriggerState | undefined {
    const known = this.#apart(id);
    if (known !== undefined) return known;
    const clock = this.active === null ? undefined : clockIn(this.active, id);
    if (clock !== undefined && this.active !== null) return stateOfClock(this.active, clock);
    return this.shared.of(id);
  }

  /** With another state of one trigger; an empty one is let go. */
  with(id: string, state: TriggerState): TriggerStates {
    const isEmpty = isEmptyTrigger(state);
    const held = this.#heldWith(id, isEmpty ? null : state);
    const active = withoutClock(this.active, id);
    const shared = isEmpty ? this.shared.without(id) : this.shared;
    const isSame = held === this.held && active === this.active && shared === this.shared;
    return isSame ? this : this.#and({ held, active, shared });
  }

  /** With a memory that triggers share of which nothing else is remembered. */
  sharing(shared: Shared): TriggerStates {
    return this.#and({ shared: this.shared.with(shared) });
  }

  /** The trigger remembers what is shared under this name, and nothing else. */
  joining(id: string, name: string): TriggerStates {
    const held = this.#heldWith(id, null);
    return this.#and({ held, active: withoutClock(this.active, id), shared: this.shared.without(id, name) });
  }

  /** Without what the watermark has passed of what is shared. */
  withSharedPruned(timeMs: number): TriggerStates {
    const shared = this.shared.pruned(timeMs);
    return shared === this.shared ? this : this.#and({ shared });
  }

  /** As `with`, of a trigger that takes any event for activity: where its clock is all, it counts with the others. */
  counting(id: string, state: TriggerState): TriggerStates {
    const idle = clockAlone(state);
    if (idle === null || (this.active !== null && !countsFrom(this.active, idle))) return this.with(id, state);
    const { last, said, forMs, timerAtMs } = idle;
    const others = withoutClock(this.active, id);
    const clocks = [...(others?.clocks ?? []), { id, forMs, timerAtMs }];
    const active = others === null ? { last, said, clocks } : withClocks(others, clocks);
    return this.#and({ held: this.#heldWith(id, null), active });
  }

  /** Whether the trigger's clock counts with the others. */
  counts(id: string): boolean {
    return this.active !== null && clockIn(this.active, id) !== undefined;
  }

  /**
   * The person was active: what counts from the last activity counts from this event on, if it is later. Clocks of triggers
   * that are not among `meant` any more (another definition, paused, gone) stay where they are.
   */
  activeBy(event: EnrichedEvent, traceparent: string | null, meant: ReadonlySet<string>): TriggerStates {
    const { active } = this;
    if (active === null || !isLaterActivity(event, active)) return this;
    if (active.clocks.every(({ id }) => meant.has(id))) {
      return this.#and({ active: activeBy(active, event, traceparent) });
    }
    let apart: TriggerStates = this;
    for (const clock of active.clocks) {
      if (!meant.has(clock.id)) apart = apart.with(clock.id, stateOfClock(active, clock));
    }
    return apart.activeBy(event, traceparent, meant);
  }

  get isEmpty(): boolean {
    return this.#apartSize() === 0 && this.shared.isEmpty;
  }

  get size(): number {
    return this.shared.isEmpty ? this.#apartSize() : this.ids().length;
  }

  #apartSize(): number {
    let size = (this.stored?.size ?? 0) + (this.active?.clocks.length ?? 0);
    for (const { state, place } of this.held) {
      if (place === NONE) size += 1;
      else if (state === null) size -= 1;
    }
    return size;
  }

  /** In order of id, whatever way they have come: the same states are written as the same bytes. */
  ids(): readonly string[] {
    const apart = this.apartIds();
    if (this.shared.isEmpty) return apart;
    const all = new Set(apart);
    for (const { ids } of this.shared.list) for (const id of ids) all.add(id);
    return [...all].sort(compareText);
  }

  /** Those of whom more is remembered than what is shared, in order of id. */
  apartIds(): readonly string[] {
    const ids: string[] = this.active === null ? [] : this.active.clocks.map(({ id }) => id);
    for (let place = 0; place < (this.stored?.size ?? 0); place += 1) {
      if (!this.isHeld(place)) ids.push(this.stored?.idAt(place) ?? '');
    }
    for (const { id, state } of this.held) if (state !== null) ids.push(id);
    return ids.length < 2 ? ids : ids.sort(compareText);
  }

  /** Those of which something may be due; what is shared never waits. */
  dueIds(timeMs: number): readonly string[] {
    const ids: string[] = [];
    for (const { id, timerAtMs } of this.active?.clocks ?? []) if (timerAtMs <= timeMs) ids.push(id);
    for (let place = 0; place < (this.stored?.size ?? 0); place += 1) {
      const dueAtMs = this.stored?.dueAtMs(place);
      if (dueAtMs !== undefined && dueAtMs <= timeMs && !this.isHeld(place)) ids.push(this.stored?.idAt(place) ?? '');
    }
    for (const { id, state } of this.held) if (state !== null) ids.push(id);
    return ids;
  }

  /** Whether more is remembered of a trigger than what is shared. */
  isApart(id: string): boolean {
    return this.#apart(id) !== undefined || this.counts(id);
  }

  /** Whether something is held instead of what is stored there. */
  isHeld(place: number): boolean {
    for (const one of this.held) if (one.place === place) return true;
    return false;
  }

  toJSON(): PlainTriggers {
    return Object.fromEntries(this.ids().map((id) => [id, this.get(id) as TriggerState]));
  }

  /** Spelled out: made for every event that changes anything. */
  #and({ held = this.held, active = this.active, shared = this.shared }: Partial<Parts>): TriggerStates {
    return new TriggerStates({ stored: this.stored, held, active, shared, read: this.read });
  }

  /** What it remembers apart from all others. */
  #apart(id: string): TriggerState | undefined {
    for (const one of this.held) if (one.id === id) return one.state ?? undefined;
    const place = this.stored?.placeOf(id) ?? NONE;
    return place === NONE ? undefined : this.stored?.stateAt(place);
  }

  #heldWith(id: string, kept: TriggerState | null): readonly Held[] {
    const at = this.held.findIndex((one) => one.id === id);
    const place = at < 0 ? (this.stored?.placeOf(id) ?? NONE) : (this.held[at]?.place ?? NONE);
    if (kept === null && place === NONE) return at < 0 ? this.held : this.held.toSpliced(at, 1);
    const held = this.held.slice();
    held[at < 0 ? held.length : at] = { id, state: kept, place };
    return held;
  }
}

const NO_STATES = TriggerStates.from({
  stored: null,
  held: NOTHING_HELD,
  active: null,
  shared: SharedMemories.none,
  read: null,
});

const clockIn = ({ clocks }: LastActive, id: string): Clock | undefined => clocks.find((clock) => clock.id === id);

function withoutClock(active: LastActive | null, id: string): LastActive | null {
  if (active === null || clockIn(active, id) === undefined) return active;
  const clocks = active.clocks.filter((clock) => clock.id !== id);
  return clocks.length === 0 ? null : withClocks(active, clocks);
}
