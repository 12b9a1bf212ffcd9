import type { JourneyStep } from '../definitions.ts';
import { HOUR } from '../triggers/detector.fixture.ts';

/** What happens to one person on one journey, in the order of the log. */
export type Entry =
  | { readonly kind: 'tick'; readonly atMs: number }
  | {
      readonly kind: 'click' | 'drop' | 'accept';
      readonly message: string;
      readonly atMs: number;
      readonly loggedAtMs: number;
    }
  | { readonly kind: 'did' | 'stop' | 'goal'; readonly atMs: number; readonly loggedAtMs: number };

interface Sent {
  readonly message: string;
  readonly outcomes: Set<string>;
  readonly untilMs: number;
}

/** Messages live this long, as the fixture's trigger says. */
const EXPIRES_MS = 6 * HOUR;

/**
 * The slow and obvious one: it reads the nested definition as it is written, stops in the middle of it like a reader with a
 * finger on the line, and keeps everything that was ever said. `start` is the log time of the firing.
 */
export class SlowWalk {
  /** `sent m0`, `back m0`, `end`, `exit CODE`, in order. */
  readonly said: string[] = [];
  readonly #sends: Sent[] = [];
  readonly #startMs: number;
  #nowMs: number;
  #walk: Generator<void, boolean, Entry> | null;

  constructor(steps: readonly JourneyStep[], startMs: number) {
    this.#startMs = startMs;
    this.#nowMs = startMs;
    this.#walk = this.#all(steps);
    this.#go(undefined);
  }

  meets(entry: Entry): void {
    this.#nowMs = entry.kind === 'tick' ? entry.atMs : entry.loggedAtMs;
    if (entry.kind === 'stop' || entry.kind === 'goal') this.#end(entry);
    else {
      this.#remember(entry);
      if (this.#walk !== null) this.#go(entry);
    }
  }

  #end({ kind, atMs }: Entry): void {
    if (atMs < this.#startMs || (kind === 'goal' && atMs > this.#startMs + 100 * HOUR)) return;
    for (const send of this.#sends) {
      const isOpen = !['accepted', 'dropped', 'clicked'].some((outcome) => send.outcomes.has(outcome));
      if (isOpen && send.untilMs > this.#nowMs) this.said.push(`back ${send.message}`);
    }
    if (this.#walk !== null) this.said.push(kind === 'goal' ? 'exit GOAL_REACHED' : 'exit EXITED');
    this.#walk = null;
    this.#sends.length = 0;
  }

  #remember(entry: Entry): void {
    const words = { click: 'clicked', drop: 'dropped', accept: 'accepted' };
    if (entry.kind !== 'click' && entry.kind !== 'drop' && entry.kind !== 'accept') return;
    this.#latest(entry.message)?.outcomes.add(words[entry.kind]);
  }

  #latest(message: string): Sent | undefined {
    return this.#sends.findLast((send) => send.message === message);
  }

  #go(entry: Entry | undefined): void {
    const turn = this.#walk?.next(entry as Entry);
    if (turn?.done !== true) return;
    this.said.push('end');
    this.#walk = null;
  }

  /** Answers whether the journey goes on after these steps. */
  *#all(steps: readonly JourneyStep[]): Generator<void, boolean, Entry> {
    for (const step of steps) if (!(yield* this.#one(step))) return false;
    return true;
  }

  *#one(step: JourneyStep): Generator<void, boolean, Entry> {
    switch (step.does) {
      case 'send':
        this.#sends.push({ message: step.message, outcomes: new Set(), untilMs: this.#nowMs + EXPIRES_MS });
        this.said.push(`sent ${step.message}`);
        return true;
      case 'wait': {
        const dueMs = this.#nowMs + step.forMs;
        for (;;) {
          const entry = yield;
          if (entry.kind === 'tick' && entry.atMs >= dueMs) return true;
        }
      }
      case 'waitFor':
        return (yield* this.#waitFor(step)) ? true : yield* this.#all(step.otherwise);
      case 'branch': {
        const taken = step.branches.find((branch) => this.#holds(branch.if));
        return yield* this.#all(taken?.steps ?? step.otherwise);
      }
      case 'exit':
        return false;
      default:
        throw new Error(`the slow walk does not know ${step.does}`);
    }
  }

  *#waitFor(step: Extract<JourneyStep, { does: 'waitFor' }>): Generator<void, boolean, Entry> {
    const sinceMs = this.#nowMs;
    const dueMs = sinceMs + step.atMostMs;
    const hasCome = () =>
      step.anyOf.some((one) => one.kind === 'outcome' && this.#latest(one.message)?.outcomes.has(one.outcome) === true);
    if (hasCome()) return true;
    for (;;) {
      const entry = yield;
      if (entry.kind === 'tick' && entry.atMs >= dueMs) return false;
      if (entry.kind === 'tick' || entry.atMs > dueMs) continue;
      const isIt = entry.kind === 'did' && entry.atMs >= sinceMs && step.anyOf.some((one) => one.kind === 'event');
      if (isIt || (entry.kind !== 'did' && hasCome())) return true;
    }
  }

  /** `sends["m0"] == "clicked"`, or its like. */
  #holds(condition: string): boolean {
    const [, message = '', outcome = ''] = /^sends\["(\w+)"\] == "(\w+)"$/.exec(condition) ?? [];
    const outcomes = this.#latest(message)?.outcomes ?? new Set();
    const furthest = ['clicked', 'accepted', 'dropped'].find((one) => outcomes.has(one));
    return furthest === outcome;
  }
}
