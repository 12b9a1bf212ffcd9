import type { Glimpse } from '../history/history.ts';
import { markOf, type PlaceOf } from './connected-ids.ts';
import { type FromShare, Misread, NUMBERS, type ToShare } from './messages.ts';
import type { ShareResult, ShareUntil } from './share.ts';
import type { Walker } from './threads.ts';

/** Events, or bytes of lines, that go to a walker at once. */
const PER_MESSAGE = 2_000;
const BYTES_PER_MESSAGE = 1_000_000;
/** Messages that a walker may have before it: about as much as it walks at once, so that it need not wait for the next. */
const MOST_AHEAD = 60;
/** Rooms of a share. */
const ROOMS = 64;

const NO_LINES = Buffer.alloc(0);
const FIRST_BYTES = 1 << 20;

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
  #lines = NO_LINES;
  #bytes = 0;
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
      this.#write(line);
      this.#numbers.push(atMs, inMs, markOf(ids), room, this.#bytes);
    } else if (event !== undefined) {
      this.#events.push({ atMs: inMs, event });
      this.#rooms.push(room);
    }
    const isFull = this.#numbers.length / NUMBERS + this.#events.length >= PER_MESSAGE;
    if (!isFull && this.#bytes < BYTES_PER_MESSAGE) return false;
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

  #write(line: string): void {
    const end = this.#bytes + line.length;
    if (end > this.#lines.length) {
      const before = this.#lines;
      this.#lines = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 * before.length, end));
      before.copy(this.#lines, 0, 0, this.#bytes);
    }
    this.#lines.write(line, this.#bytes, 'latin1');
    this.#bytes = end;
  }

  #say(message: ToShare): void {
    this.#walker ??= this.#started();
    const { way } = this.#walker;
    if (message.kind !== 'lines') way.postMessage(message);
    else way.postMessage(message, [message.lines.buffer as ArrayBuffer, message.numbers.buffer as ArrayBuffer]);
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
    if (this.#numbers.length > 0) {
      this.#say({ kind: 'lines', lines: this.#lines, numbers: Float64Array.from(this.#numbers) });
      this.#ahead += 1;
    }
    if (this.#events.length > 0) {
      this.#say({ kind: 'events', events: this.#events, rooms: this.#rooms });
      this.#ahead += 1;
    }
    this.#lines = NO_LINES;
    this.#bytes = 0;
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
