import type { Glimpse } from '../history/history.ts';
import { markOf } from './connected-ids.ts';
import type { FromShare, ToShare } from './messages.ts';
import type { ShareResult, ShareUntil } from './share.ts';
import type { Walker } from './threads.ts';

/** Events that go to a walker at once. */
const PER_MESSAGE = 2_000;
/** Messages that a walker may have before it: enough never to wait, and few enough to be no burden. */
const MOST_AHEAD = 3;

/** A line was not what it seemed at a glance. */
export class Misread extends Error {
  constructor() {
    super('a line says something else than it seemed to at a glance');
  }
}

/** The share of an event's ids, of so many. */
export type ShareOf = (ids: readonly string[], count: number) => number;

type Begin = Extract<ToShare, { kind: 'begin' }>;

interface CrewOptions {
  readonly workers: number;
  readonly shareOf: ShareOf;
  readonly startWalker: () => Walker;
}

/** Those who walk the shares of a history, each in order of time. */
export class Crew {
  readonly #mates: readonly Mate[];
  readonly #shareOf: ShareOf;

  constructor({ workers, shareOf, startWalker }: CrewOptions) {
    this.#mates = Array.from({ length: workers }, () => new Mate(startWalker));
    this.#shareOf = shareOf;
  }

  /** What is said to each before anything else, as soon as there is something for them. */
  begin(message: Begin): void {
    for (const mate of this.#mates) mate.begin(message);
  }

  /** Hands an event to whoever walks its persons; it comes in at `inMs`. True = so much waits that `flow` is to be asked. */
  hand(glimpse: Glimpse, inMs: number): boolean {
    const mate = this.#mates[this.#shareOf(glimpse.ids, this.#mates.length)] as Mate;
    return mate.hand(glimpse, inMs);
  }

  /** Waits until nobody has too much before them. */
  async flow(): Promise<void> {
    for (const mate of this.#mates) await mate.hasRoom();
  }

  async end(until: ShareUntil): Promise<readonly (readonly ShareResult[])[]> {
    return Promise.all(this.#mates.map((mate) => mate.end(until)));
  }

  async close(): Promise<void> {
    await Promise.all(this.#mates.map((mate) => mate.close()));
  }
}

class Mate {
  readonly #start: () => Walker;
  #begin: Begin | undefined;
  #walker: Walker | undefined;
  #lines: string[] = [];
  #numbers: number[] = [];
  #events: { readonly atMs: number; readonly event: NonNullable<Glimpse['event']> }[] = [];
  #ahead = 0;
  #results: readonly ShareResult[] | undefined;
  #failure: { readonly error: unknown } | undefined;
  #heard: () => void = () => undefined;

  constructor(start: () => Walker) {
    this.#start = start;
  }

  begin(message: Begin): void {
    this.#begin = message;
  }

  hand({ atMs, ids, line, event }: Glimpse, inMs: number): boolean {
    if (line !== undefined) {
      this.#lines.push(line);
      this.#numbers.push(atMs, inMs, markOf(ids));
    } else if (event !== undefined) this.#events.push({ atMs: inMs, event });
    if (this.#lines.length + this.#events.length < PER_MESSAGE) return false;
    this.#send();
    return this.#ahead > MOST_AHEAD;
  }

  async hasRoom(): Promise<void> {
    await this.#until(() => this.#ahead <= MOST_AHEAD);
  }

  async end(until: ShareUntil): Promise<readonly ShareResult[]> {
    this.#send();
    // Nobody fell to this share.
    if (this.#walker === undefined) return [];
    this.#say({ kind: 'end', until });
    await this.#until(() => this.#results !== undefined);
    return this.#results ?? [];
  }

  async close(): Promise<void> {
    await this.#walker?.close();
  }

  #say(message: ToShare): void {
    this.#walker ??= this.#started();
    const transfer = message.kind === 'lines' ? [message.numbers.buffer as ArrayBuffer] : [];
    this.#walker.way.postMessage(message, transfer);
  }

  /** Only when there is something to do: whoever shares in another way after a few events has started nobody. */
  #started(): Walker {
    const walker = this.#start();
    walker.way.on('message', (message) => this.#onAnswer(message as FromShare));
    walker.onFailure((error) => this.#onAnswer({ kind: 'failed', error }));
    walker.way.postMessage(this.#begin);
    return walker;
  }

  #send(): void {
    if (this.#lines.length > 0) {
      const message = { lines: `${this.#lines.join('\n')}\n`, numbers: Float64Array.from(this.#numbers) };
      this.#say({ kind: 'lines', ...message });
      this.#ahead += 1;
    }
    if (this.#events.length > 0) {
      this.#say({ kind: 'events', events: this.#events });
      this.#ahead += 1;
    }
    this.#lines = [];
    this.#numbers = [];
    this.#events = [];
  }

  async #until(isSo: () => boolean): Promise<void> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (isSo()) return;
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  #onAnswer(answer: FromShare): void {
    if (answer.kind === 'ended') this.#results = answer.results;
    else if (answer.kind === 'taken') this.#ahead -= 1;
    else this.#failure ??= { error: answer.kind === 'misread' ? new Misread() : answer.error };
    this.#heard();
  }
}
