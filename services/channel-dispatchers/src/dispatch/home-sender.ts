import { setTimeout as delay } from 'node:timers/promises';
import type { ChosenMessage } from '@kairos/contracts';

/** An event as the outbox gives it out. */
export interface DueHomeEvent {
  readonly eventId: string;
  readonly name: string;
  readonly occurredAtMs: number;
  readonly properties: Readonly<Record<string, string | boolean>>;
  readonly attempt: number;
  readonly message: ChosenMessage;
}

/** The outbox, as the sender needs it. */
export interface Outbox {
  due(limit: number, holdMs: number): Promise<readonly DueHomeEvent[]>;
  accepted(eventId: string, nowMs: number): Promise<void>;
  again(eventId: string, afterMs: number): Promise<void>;
  refused(eventId: string, status: number): Promise<void>;
}

export interface HomeSenderOptions {
  readonly outbox: Outbox;
  readonly collectorUrl: string;
  readonly writeKey: string;
  nowMs(): number;
  problem(about: { readonly status: number | null; readonly eventId: string }): void;
  readonly pollMs?: number;
}

const BATCH = 20;
/** Nobody else takes an event for so long; a call ends long before. */
const HOLD_MS = 60_000;
const CALL_MS = 10_000;
const MAX_PAUSE_MS = 60_000;

/** Sends what recipients did home through the collector, again and again until it is accepted. */
export class HomeSender {
  readonly #options: HomeSenderOptions;
  readonly #stop = new AbortController();
  #wake = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(options: HomeSenderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** There is something new. */
  wake(): void {
    this.#wake.abort();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { outbox, pollMs = 1_000, problem } = this.#options;
    while (!this.#stop.signal.aborted) {
      let sent = 0;
      this.#wake = new AbortController();
      try {
        const due = await outbox.due(BATCH, HOLD_MS);
        sent = due.length;
        await Promise.all(due.map(async (event) => await this.#send(event)));
      } catch {
        problem({ status: null, eventId: '' });
      }
      if (sent === BATCH || this.#stop.signal.aborted) continue;
      await delay(pollMs, undefined, { signal: this.#wake.signal }).catch(() => {});
    }
  }

  async #send(event: DueHomeEvent): Promise<void> {
    const { outbox, nowMs, problem } = this.#options;
    const status = await this.#post(event);
    if (status !== null && status >= 200 && status < 300) return await outbox.accepted(event.eventId, nowMs());
    problem({ status, eventId: event.eventId });
    // The body itself is refused: no repetition will change that. A wrong key is a matter for the operator, so it waits.
    if (status === 400 || status === 413) return await outbox.refused(event.eventId, status);
    await outbox.again(event.eventId, Math.min(500 * 2 ** Math.min(event.attempt, 20), MAX_PAUSE_MS));
  }

  async #post(event: DueHomeEvent): Promise<number | null> {
    const { collectorUrl, writeKey } = this.#options;
    try {
      const response = await fetch(new URL('/v1/track', collectorUrl), {
        method: 'POST',
        redirect: 'error',
        signal: AbortSignal.timeout(CALL_MS),
        headers: {
          'content-type': 'application/json',
          authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
        },
        body: JSON.stringify(trackCall(event)),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return null;
    }
  }
}

const TRAIT_OF_KIND: Readonly<Record<string, string>> = { email: 'email', phone: 'phone', card: 'cardNumber' };

/** The Segment call of an event; the person's id says which kind of id it is. */
export function trackCall({ eventId, name, occurredAtMs, properties, message }: DueHomeEvent): object {
  const { candidateId, personId, messageId, triggerId, channel, purpose } = message;
  const [, kind = '', id = ''] = /^(user|anon|email|phone|card):(.*)$/s.exec(personId) ?? [];
  const trait = TRAIT_OF_KIND[kind];
  return {
    type: 'track',
    event: name,
    messageId: eventId,
    timestamp: new Date(occurredAtMs).toISOString(),
    ...(kind === 'anon' ? { anonymousId: id } : {}),
    ...(kind === 'user' ? { userId: id } : {}),
    ...(trait === undefined ? {} : { context: { traits: { [trait]: id } } }),
    properties: { candidateId, messageId, triggerId, channel, purpose, ...properties },
  };
}
