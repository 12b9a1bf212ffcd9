import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { CliError } from '../exit.ts';

/** What the collector answers to a batch. */
export interface BatchAnswer {
  readonly success: boolean;
  readonly rejected?: readonly { readonly index: number; readonly code: string; readonly message: string }[];
}

/** Sends Segment batches to the collector; what it can't take now is sent again as Retry-After says. */
export class CollectorClient {
  readonly #pool: Pool;
  readonly #authorization: string;

  constructor(url: string, writeKey: string, connections = 4) {
    this.#pool = new Pool(url, { connections });
    this.#authorization = `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`;
  }

  /** Resolves once every event is on the log, or was refused with a reason. */
  async send(batch: readonly object[]): Promise<BatchAnswer> {
    const body = JSON.stringify({ batch, sentAt: new Date().toISOString() });
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#post(body).catch((error: unknown) => {
        if (attempt >= 10) throw new CliError(`The collector does not answer: ${String(error)}. See kairos status.`);
        return null;
      });
      if (answer?.status === 200) return answer.body;
      const canRetry = answer === null || answer.status === 429 || answer.status >= 500;
      if (!canRetry || attempt >= 10) {
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
