import type { Glimpse } from '../history/history.ts';
import { type ConnectedIds, markOf } from './connected-ids.ts';
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

/** Those who walk the shares of a history, each in order of time. */
export class Crew {
  readonly #mates: readonly Mate[];
  readonly #connected: ConnectedIds;

  constructor(walkers: readonly Walker[], connected: ConnectedIds) {
    this.#mates = walkers.map((walker) => new Mate(walker));
    this.#connected = connected;
  }

  begin(message: Extract<ToShare, { kind: 'begin' }>): void {
    for (const mate of this.#mates) mate.say(message);
  }

  /** Hands an event to whoever walks its persons; it comes in at `inMs`. True = so much waits that `flow` is to be asked. */
  hand(glimpse: Glimpse, inMs: number): boolean {
    const mate = this.#mates[this.#connected.shareOf(glimpse.ids, this.#mates.length)] as Mate;
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
  readonly #walker: Walker;
  #lines: string[] = [];
  #numbers: number[] = [];
  #events: { readonly atMs: number; readonly event: NonNullable<Glimpse['event']> }[] = [];
  #ahead = 0;
  #results: readonly ShareResult[] | undefined;
  #failure: { readonly error: unknown } | undefined;
  #heard: () => void = () => undefined;

  constructor(walker: Walker) {
    this.#walker = walker;
    walker.way.on('message', (message) => this.#onAnswer(message as FromShare));
    walker.onFailure((error) => this.#onAnswer({ kind: 'failed', error }));
  }

  say(message: ToShare): void {
    const transfer = message.kind === 'lines' ? [message.numbers.buffer as ArrayBuffer] : [];
    this.#walker.way.postMessage(message, transfer);
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
    this.say({ kind: 'end', until });
    await this.#until(() => this.#results !== undefined);
    return this.#results ?? [];
  }

  close(): Promise<void> {
    return this.#walker.close();
  }

  #send(): void {
    if (this.#lines.length > 0) {
      const message = { lines: `${this.#lines.join('\n')}\n`, numbers: Float64Array.from(this.#numbers) };
      this.say({ kind: 'lines', ...message });
      this.#ahead += 1;
    }
    if (this.#events.length > 0) {
      this.say({ kind: 'events', events: this.#events });
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
