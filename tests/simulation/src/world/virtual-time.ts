import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

interface Timer {
  readonly id: number;
  readonly owner: object | undefined;
  readonly everyMs: number | undefined;
  readonly call: () => void;
  dueAtMs: number;
}

/** What `setTimeout` answers here: nothing keeps this process alive, so ref and unref mean nothing. */
interface Handle {
  readonly id: number;
  ref(): Handle;
  unref(): Handle;
}

const realImmediate = setImmediate;
const macrotask = (): Promise<void> => new Promise((resolve) => realImmediate(() => resolve()));

const handleOf = (id: number): Handle => {
  const handle: Handle = { id, ref: () => handle, unref: () => handle };
  return handle;
};

/**
 * Clock, timers and ids of a whole run. The code under test calls `Date.now`, `setTimeout` and `randomUUID` as always;
 * while a run is installed these answer from here. Timers belong to whoever is `owner` when they are set, and go with it.
 */
export class VirtualTime {
  nowMs: number;
  owner: object | undefined;
  readonly #timers = new Map<number, Timer>();
  readonly #immediates: (() => void)[] = [];
  #lastId = 0;
  #lastUuid = 0;

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  /** Answers what puts everything back. */
  install(): () => void {
    const before = {
      now: Date.now,
      perf: performance.now,
      setTimeout: globalThis.setTimeout,
      setInterval: globalThis.setInterval,
      setImmediate: globalThis.setImmediate,
      clearTimeout: globalThis.clearTimeout,
      clearInterval: globalThis.clearInterval,
      randomUUID: crypto.randomUUID,
    };
    Date.now = () => this.nowMs;
    performance.now = () => this.nowMs;
    const clear = (handle: unknown): void => {
      this.#timers.delete((handle as Handle | undefined)?.id ?? -1);
    };
    Object.assign(globalThis, {
      setTimeout: (call: () => void, ms = 0) => this.#set(call, ms, undefined),
      setInterval: (call: () => void, ms = 1) => this.#set(call, ms, Math.max(1, ms)),
      setImmediate: (call: () => void) => this.#immediates.push(call),
      clearTimeout: clear,
      clearInterval: clear,
    });
    this.#setUuid(() => this.#uuid());
    return () => {
      const { now, perf, randomUUID, ...globals } = before;
      Date.now = now;
      performance.now = perf;
      Object.assign(globalThis, globals);
      this.#setUuid(randomUUID);
    };
  }

  /** Lets everything happen that needs neither time nor the broker. */
  async settle(): Promise<void> {
    for (;;) {
      await macrotask();
      const due = this.#immediates.splice(0);
      if (due.length === 0) return;
      for (const call of due) call();
    }
  }

  /** Moves on; a timer that was due several times rings once, as it does when a process was busy. */
  advanceTo(ms: number): void {
    this.nowMs = Math.max(this.nowMs, ms);
    const due = [...this.#timers.values()].filter(({ dueAtMs }) => dueAtMs <= this.nowMs);
    for (const timer of due.sort((a, b) => a.dueAtMs - b.dueAtMs || a.id - b.id)) {
      if (!this.#timers.has(timer.id)) continue;
      if (timer.everyMs === undefined) this.#timers.delete(timer.id);
      else timer.dueAtMs = this.nowMs + timer.everyMs;
      this.owner = timer.owner;
      timer.call();
    }
  }

  /** The process is gone. */
  forget(owner: object): void {
    for (const [id, timer] of this.#timers) if (timer.owner === owner) this.#timers.delete(id);
  }

  #set(call: () => void, ms: number, everyMs: number | undefined): Handle {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#timers.set(id, { id, owner: this.owner, everyMs, call, dueAtMs: this.nowMs + ms });
    return handleOf(id);
  }

  #uuid(): ReturnType<typeof crypto.randomUUID> {
    this.#lastUuid += 1;
    return `00000000-0000-4000-8000-${String(this.#lastUuid).padStart(12, '0')}`;
  }

  #setUuid(make: typeof crypto.randomUUID): void {
    crypto.randomUUID = make;
    syncBuiltinESMExports();
  }
}
