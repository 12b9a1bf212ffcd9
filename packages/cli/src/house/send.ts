import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { CliError } from '../exit.ts';

/** What the collector answers to a batch. */
export interface BatchAnswer {
  readonly success: boolean;
  readonly rejected?: readonly {
    readonly index: number;
    readonly code: string;
    readonly message: string;
    readonly field?: string;
  }[];
}

/** Sends Segment batches to the collector; what it can't take now is sent again as Retry-After says. */
export class CollectorClient {
  readonly #pool: Pool;
  readonly #authorization: string;
  readonly #attempts: number;

  constructor(url: string, writeKey: string, options: { connections?: number; attempts?: number } = {}) {
    this.#pool = new Pool(url, { connections: options.connections ?? 4 });
    this.#attempts = options.attempts ?? 10;
    this.#authorization = `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`;
  }

  /** Resolves once every event is on the log, or was refused with a reason. */
  send(batch: readonly object[]): Promise<BatchAnswer> {
    return this.#deliver(JSON.stringify({ batch, sentAt: new Date().toISOString() }));
  }

  /**
   * As `send`, for events that are JSON already and were made elsewhere: without `sentAt`, because the clock that wrote
   * their times is not this machine's and must not be corrected by it.
   */
  sendTexts(events: readonly string[]): Promise<BatchAnswer> {
    return this.#deliver(`{"batch":[${events.join(',')}]}`);
  }

  async #deliver(body: string): Promise<BatchAnswer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#post(body).catch((error: unknown) => {
        if (attempt >= this.#attempts)
          throw new CliError(`The collector does not answer: ${String(error)}. See kairos status.`);
        return null;
      });
      // Where every event of a batch was refused, the status is that of the refusal.
      if (answer?.status === 200 || answer?.body.rejected !== undefined) return answer.body;
      const canRetry = answer === null || answer.status === 429 || answer.status >= 500;
      if (!canRetry || attempt >= this.#attempts) {
        throw new CliError(
          `The collector refused a batch with ${answer?.status ?? 'no answer'}: ${JSON.stringify(answer?.body)}`,
        );
      }
      await delay(Math.max(answer?.retryAfterMs ?? 0, 200 * attempt));
    }
  }

  async #post(body: string): Promise<{ status: number; retryAfterMs: number; body: BatchAnswer }> {
    const response = await this.#pool.request({
      method: 'POST',
      path: '/v1/batch',
      headers: { 'content-type': 'application/json', authorization: this.#authorization },
      body,
    });
    const retryAfterMs = Number(response.headers['retry-after'] ?? 0) * 1000;
    return { status: response.statusCode, retryAfterMs, body: (await response.body.json()) as BatchAnswer };
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}
