import type { Glimpse } from '../history/history.ts';
import { markOf, type PlaceOf } from './connected-ids.ts';
import { type FromShare, Misread, type ToShare } from './messages.ts';
import type { ShareResult, ShareUntil } from './share.ts';
import type { Walker } from './threads.ts';

/** Events, or characters of lines, that go to a walker at once. */
const PER_MESSAGE = 2_000;
const CHARACTERS_PER_MESSAGE = 1_000_000;
/** Messages that a walker may have before it: about as much as it walks at once, so that it need not wait for the next. */
const MOST_AHEAD = 60;
/** Rooms of a share. */
const ROOMS = 64;

type Begin = Extract<ToShare, { kind: 'begin' }>;

interface CrewOptions {
  readonly workers: number;
  readonly placeOf: PlaceOf;
  readonly startWalker: () => Walker;
}

/** Those who walk the shares of a history, each in order of time. */
export class Crew {
  readonly #mates: readonly Mate[];
  readonly #placeOf: PlaceOf;

  constructor({ workers, placeOf, startWalker }: CrewOptions) {
    this.#mates = Array.from({ length: workers }, () => new Mate(startWalker));
    this.#placeOf = placeOf;
  }

  /** What is said to each before anything else, as soon as there is something for them. */
  begin(message: Begin): void {
    for (const mate of this.#mates) mate.begin(message);
  }

  /** Hands an event to whoever walks its persons; it comes in at `inMs`. True = so much waits that `flow` is to be asked. */
  hand(glimpse: Glimpse, inMs: number): boolean {
    const place = this.#placeOf(glimpse.ids, this.#mates.length * ROOMS);
    const mate = this.#mates[place % this.#mates.length] as Mate;
    return mate.hand(glimpse, { inMs, room: Math.floor(place / this.#mates.length) });
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
  #characters = 0;
  #numbers: number[] = [];
  #events: { readonly atMs: number; readonly event: NonNullable<Glimpse['event']> }[] = [];
  #rooms: number[] = [];
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

  hand({ atMs, ids, line, event }: Glimpse, { inMs, room }: { readonly inMs: number; readonly room: number }): boolean {
    if (line !== undefined) {
      this.#characters += line.length;
      this.#lines.push(line);
      this.#numbers.push(atMs, inMs, markOf(ids), room);
    } else if (event !== undefined) {
      this.#events.push({ atMs: inMs, event });
      this.#rooms.push(room);
    }
    const isFull = this.#lines.length + this.#events.length >= PER_MESSAGE;
    if (!isFull && this.#characters < CHARACTERS_PER_MESSAGE) return false;
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
      this.#say({ kind: 'events', events: this.#events, rooms: this.#rooms });
      this.#ahead += 1;
    }
    this.#lines = [];
    this.#characters = 0;
    this.#numbers = [];
    this.#events = [];
    this.#rooms = [];
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
