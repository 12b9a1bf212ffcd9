import { isDeepStrictEqual } from 'node:util';

/** What a story needs of a processor; stream-kit's `Processor` fits. Stated here, so that stream-kit can be tested too. */
export interface StoryProcessor<S, R, P> {
  readonly name: string;
  route(record: R, context: StoryContext<P>): { readonly kind: string; readonly key?: string };
  step(state: S | undefined, record: R, context: StoryContext<P>): StoryStep<S>;
  dueAtMs?(state: S): number | undefined;
  fire?(state: S, key: string, context: StoryContext<P>): StoryStep<S>;
  encode(state: S): Uint8Array;
  decode(bytes: Uint8Array): S;
}

export interface StoryStep<S> {
  readonly state: S | undefined;
  readonly emissions: readonly StoryEmission[];
}

export interface StoryEmission {
  readonly topic: string;
  readonly key: string;
  readonly value: object;
}

export interface StoryContext<P> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly logTimeMs: number;
  readonly timeMs: number;
  readonly playbook: P | undefined;
  readonly playbookVersion: string;
  readonly playbookOffset: number;
}

export interface StoryOptions<P> {
  readonly playbook?: P;
  /** Where time starts, UTC ms; -1 (before there is time) unless given. */
  readonly timeMs?: number;
}

/**
 * Given a processor, when records come and time passes, then these emissions: one partition in memory, without topics.
 * Every step is also held to the contract of a processor: it gives the same answer twice, changes no state in place, its
 * state survives encoding, and a timer that fired moves on.
 */
export class Story<S, R, P> {
  /** All that was written, in order. */
  readonly emissions: StoryEmission[] = [];
  readonly #processor: StoryProcessor<S, R, P>;
  readonly #playbook: P | undefined;
  readonly #states = new Map<string, S>();
  #timeMs: number;
  #offset = 0;

  constructor(processor: StoryProcessor<S, R, P>, options: StoryOptions<P>) {
    this.#processor = processor;
    this.#playbook = options.playbook;
    this.#timeMs = options.timeMs ?? -1;
  }

  /** The record comes, logged at the time reached. Answers what this record made the processor write. */
  when(record: R): readonly StoryEmission[] {
    const context = this.#context();
    const route = this.#processor.route(record, context);
    if (route.kind !== 'keyed' || route.key === undefined) return [];
    const { key } = route;
    return this.#apply(key, () => this.#processor.step(this.#states.get(key), record, context));
  }

  /** Time passes; timers fire in order of due time, ties by key. Answers what they wrote. */
  timePasses(toMs: number): readonly StoryEmission[] {
    const { dueAtMs, fire } = this.#processor;
    this.#timeMs = Math.max(this.#timeMs, toMs);
    const written: StoryEmission[] = [];
    for (let fired = 0; dueAtMs !== undefined && fire !== undefined; fired += 1) {
      if (fired > 10_000) throw new Error(`${this.#processor.name} fires for ever: dueAtMs must move beyond the time`);
      const due = [...this.#states]
        .map(([key, state]) => ({ key, state, atMs: this.#processor.dueAtMs?.(state) ?? Number.POSITIVE_INFINITY }))
        .filter(({ atMs }) => atMs <= this.#timeMs)
        .sort((a, b) => a.atMs - b.atMs || (a.key < b.key ? -1 : 1));
      const [next] = due;
      if (next === undefined) break;
      const context = this.#context();
      written.push(...this.#apply(next.key, () => this.#processor.fire?.(next.state, next.key, context) ?? nothing()));
    }
    return written;
  }

  /** State of a key; undefined = it holds nothing. */
  state(key: string): S | undefined {
    return this.#states.get(key);
  }

  #context(): StoryContext<P> {
    this.#offset += 1;
    return {
      topic: 'story',
      partition: 0,
      offset: this.#offset,
      logTimeMs: this.#timeMs,
      timeMs: this.#timeMs,
      playbook: this.#playbook,
      playbookVersion: 'story',
      playbookOffset: 0,
    };
  }

  #apply(key: string, take: () => StoryStep<S>): readonly StoryEmission[] {
    const { name, encode, decode } = this.#processor;
    const before = this.#states.get(key);
    const beforeBytes = before === undefined ? undefined : encode.call(this.#processor, before);
    const first = take();
    const second = take();
    if (!isDeepStrictEqual(first, second))
      throw new Error(`${name} gave two answers to one record: a step must be pure`);
    if (before !== undefined && !isDeepStrictEqual(encode.call(this.#processor, before), beforeBytes)) {
      throw new Error(`${name} changed a state in place: states are values`);
    }
    if (first.state === undefined) this.#states.delete(key);
    else this.#states.set(key, decode.call(this.#processor, encode.call(this.#processor, first.state)));
    this.emissions.push(...first.emissions);
    return first.emissions;
  }
}

const nothing = () => ({ state: undefined, emissions: [] });

/** Given a processor (and a playbook): `given(detect, { playbook }).when(record)`, then look at what it answers. */
export const given = <S, R, P>(processor: StoryProcessor<S, R, P>, options: StoryOptions<P> = {}): Story<S, R, P> =>
  new Story(processor, options);
