import { memoryEndsAtMs, prune } from './memory.ts';
import { isEmptyTrigger, type TriggerState } from './state.ts';

/** What several triggers remember alike, remembered once. It never waits: nothing of it is ever due. */
export interface Shared {
  /** Says which triggers a playbook means by it (`Twins.name`); '' when some of these have gone their own way. */
  readonly name: string;
  /** One trigger or more. */
  readonly ids: readonly string[];
  readonly state: TriggerState;
  has(id: string): boolean;
}

/** The same as it lies encoded. */
export interface StoredShared {
  /** When the last of these memories may be let go; undefined when none has an end. */
  readonly endsAtMs: number | undefined;
  read(): readonly Shared[];
}

const NOTHING: readonly Shared[] = [];

/** All that triggers remember alike. A trigger that is in two is meant by the first. A value. */
export class SharedMemories {
  static readonly none = new SharedMemories(null, NOTHING);
  /** As it lies, as long as it is as it was read. */
  readonly stored: StoredShared | null;
  #list: readonly Shared[] | null;

  private constructor(stored: StoredShared | null, list: readonly Shared[] | null) {
    this.stored = stored;
    this.#list = list;
  }

  static from(stored: StoredShared | null): SharedMemories {
    return stored === null ? SharedMemories.none : new SharedMemories(stored, null);
  }

  get list(): readonly Shared[] {
    this.#list ??= this.stored?.read() ?? NOTHING;
    return this.#list;
  }

  get isEmpty(): boolean {
    return this.stored === null && this.#list?.length === 0;
  }

  get endsAtMs(): number | undefined {
    if (this.stored !== null) return this.stored.endsAtMs;
    const ends = this.list.flatMap(({ state }) => memoryEndsAtMs(state) ?? []);
    return ends.length === 0 ? undefined : Math.max(...ends);
  }

  of(id: string): TriggerState | undefined {
    if (this.isEmpty) return undefined;
    for (const shared of this.list) if (shared.has(id)) return shared.state;
    return undefined;
  }

  named(name: string): Shared | undefined {
    return this.isEmpty ? undefined : this.list.find((shared) => shared.name === name);
  }

  /** With this in the place of what has its name, and before all others; a memory of nothing is let go. */
  with(shared: Shared): SharedMemories {
    const others = this.list.filter(({ name }) => name !== shared.name);
    return SharedMemories.#ofList(isEmptyTrigger(shared.state) ? others : [shared, ...others]);
  }

  /** The trigger remembers nothing of it any more, but for what has this name. */
  without(id: string, exceptName?: string): SharedMemories {
    if (this.isEmpty || !this.list.some((shared) => shared.name !== exceptName && shared.has(id))) return this;
    return SharedMemories.#ofList(
      this.list.flatMap((shared) => {
        if (shared.name === exceptName || !shared.has(id)) return [shared];
        const ids = shared.ids.filter((one) => one !== id);
        return ids.length === 0 ? [] : [sharedBy('', ids, shared.state)];
      }),
    );
  }

  /** Without what the watermark has passed. */
  pruned(timeMs: number): SharedMemories {
    const list = this.list.map((shared) => {
      const state = prune(shared.state, timeMs);
      return state === shared.state ? shared : sharedBy(shared.name, shared.ids, state);
    });
    if (list.every((shared, at) => shared === this.list[at])) return this;
    return SharedMemories.#ofList(list.filter(({ state }) => !isEmptyTrigger(state)));
  }

  static #ofList(list: readonly Shared[]): SharedMemories {
    return list.length === 0 ? SharedMemories.none : new SharedMemories(null, list);
  }
}

export const sharedBy = (name: string, ids: readonly string[], state: TriggerState): Shared => ({
  name,
  ids,
  state,
  has: (id) => ids.includes(id),
});

/** Whether two triggers remember the same, nothing of which waits or was proposed. */
export const remembersSame = (a: TriggerState, b: TriggerState): boolean =>
  a.open.length === 0 &&
  a.idle === null &&
  a.fired.length === 0 &&
  a.suspension === null &&
  a.cancels.length === b.cancels.length &&
  (a.own === null) === (b.own === null) &&
  JSON.stringify([a.cancels, a.own]) === JSON.stringify([b.cancels, b.own]);
