import { KairosError } from '@kairos/contracts';
import { request } from 'undici';
import type { Timelines } from '../ports.ts';

const TIMEOUT_MS = 10_000;

/** The metrics service over HTTP, asked with the API token. */
export class HttpTimelines implements Timelines {
  readonly #baseUrl: string;
  readonly #token: string;

  constructor(baseUrl: string, token: string) {
    this.#baseUrl = baseUrl;
    this.#token = token;
  }

  async get(path: string): Promise<unknown> {
    return this.#request(path, { method: 'GET' });
  }

  async ask(path: string, body: unknown): Promise<unknown> {
    return this.#request(path, { method: 'POST', body: JSON.stringify(body) });
  }

  async #request(path: string, options: { readonly method: 'GET' | 'POST'; readonly body?: string }): Promise<unknown> {
    const response = await request(new URL(path, this.#baseUrl), {
      ...options,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    if (response.statusCode !== 200) {
      await response.body.dump();
      throw new KairosError('INTERNAL', `metrics answered ${response.statusCode} to ${path.split('?')[0] ?? path}`);
    }
    return response.body.json();
  }
}
