import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { SentEvents } from '../checker/intake.ts';

export interface HttpLoadOptions {
  readonly url: string;
  readonly writeKey: string;
  readonly runId: string;
  readonly requestsPerS: number;
  readonly eventsPerRequest: number;
}

/** What the collector said, over a span of time. */
export interface Answers {
  ok: number;
  /** 503 with Retry-After: it takes nothing now, and says when to come again. */
  later: number;
  /** No answer at all: the connection was refused or ended. */
  none: number;
  /** Anything else: an answer that promises nothing. */
  readonly other: string[];
  slowestMs: number;
}

const freshAnswers = (): Answers => ({ ok: 0, later: 0, none: 0, other: [], slowestMs: 0 });
/** A client that waits no longer. */
const PATIENCE_MS = 30_000;

/** Customers over HTTP at a steady pace, whatever the answers are: nothing is sent again, so that the pace holds. */
export class HttpLoad {
  readonly #options: HttpLoadOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256 });
  readonly #acknowledged = new Set<string>();
  readonly #unknown = new Set<string>();
  readonly #under = new Set<Promise<void>>();
  readonly #running: Promise<void>;
  #answers = freshAnswers();
  #number = 0;
  #stopped = false;

  constructor(options: HttpLoadOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** What was answered since the last call. */
  take(): Answers {
    const taken = this.#answers;
    this.#answers = freshAnswers();
    return taken;
  }

  async stop(): Promise<SentEvents> {
    this.#stopped = true;
    await this.#running;
    await Promise.all(this.#under);
    this.#agent.destroy();
    return { acknowledged: this.#acknowledged, unknown: this.#unknown };
  }

  async #run(): Promise<void> {
    const { requestsPerS } = this.#options;
    const startedMs = performance.now();
    for (let sent = 0; !this.#stopped; sent += 1) {
      const aheadMs = (sent / requestsPerS) * 1_000 - (performance.now() - startedMs);
      if (aheadMs > 1) await delay(aheadMs);
      const sending = this.#post().finally(() => this.#under.delete(sending));
      this.#under.add(sending);
    }
  }

  async #post(): Promise<void> {
    const { runId, eventsPerRequest } = this.#options;
    const ids: string[] = [];
    const batch = Array.from({ length: eventsPerRequest }, () => {
      this.#number += 1;
      const messageId = `${runId}-h${this.#number}`;
      ids.push(messageId);
      const userId = `h-${runId}-${this.#number % 200}`;
      return { type: 'track', event: 'Product Viewed', userId, messageId, properties: { product_id: 'p1' } };
    });
    const startedMs = performance.now();
    const answer = await this.#ask(JSON.stringify({ batch })).catch(() => undefined);
    this.#answers.slowestMs = Math.max(this.#answers.slowestMs, performance.now() - startedMs);
    for (const id of ids) (answer?.status === 200 ? this.#acknowledged : this.#unknown).add(id);
    if (answer === undefined) this.#answers.none += 1;
    else if (answer.status === 200) this.#answers.ok += 1;
    else if (answer.status === 503 && answer.retryAfter !== undefined) this.#answers.later += 1;
    else this.#answers.other.push(`${answer.status} ${answer.body.slice(0, 200)}`);
  }

  #ask(body: string): Promise<{ status: number; retryAfter: string | undefined; body: string }> {
    const { url, writeKey } = this.#options;
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
      };
      const asked = request(
        `${url}/v1/batch`,
        { method: 'POST', agent: this.#agent, headers, timeout: PATIENCE_MS },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              retryAfter: answer.headers['retry-after'],
              body: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      asked.on('timeout', () => asked.destroy(new Error('no answer in time')));
      asked.on('error', reject);
      asked.end(body);
    });
  }
}

export const sentTogether = (...all: readonly SentEvents[]): SentEvents => ({
  acknowledged: new Set(all.flatMap(({ acknowledged }) => [...acknowledged])),
  unknown: new Set(all.flatMap(({ unknown }) => [...unknown])),
});
