import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSmsGateway, readSms, type SmsBehaviour, type StoredSms } from '@kairos/local-stack';
import type { SmsOptions } from '../channels/sms/send.ts';
import type { ShortLink } from '../ports.ts';

/** The gateway of the local stack, in the test's own process; it does as told. */
export class SmsGateway {
  readonly account = { accountSid: `AC${'7'.repeat(32)}`, authToken: 'a token that nobody guesses' };
  readonly #dir = mkdtempSync(join(tmpdir(), 'kairos-sms-'));
  #server: Server | undefined;
  port = 0;
  /** Requests that wanted a text sent, those without an answer included. */
  calls = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** As whom the channel sends. */
  get sender(): SmsOptions['account'] {
    const { accountSid, authToken } = this.account;
    return { url: this.url, accountSid, authTokens: [authToken], from: '+15005550006' };
  }

  texts(): readonly StoredSms[] {
    return readSms(this.#dir);
  }

  async open(): Promise<void> {
    const server = createSmsGateway({ dir: this.#dir, ...this.account, greeting: 'test' });
    this.#server = server;
    server.on('request', ({ url }) => {
      if (url?.endsWith('/Messages.json')) this.calls += 1;
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
  }

  async behave(behaviour: SmsBehaviour): Promise<void> {
    await this.#control('behaviour', { Behaviour: behaviour });
  }

  /** Somebody writes back; answers the status of the house. */
  async reply(from: string, body: string, more: Readonly<Record<string, string>> = {}): Promise<number> {
    const { status } = (await this.#control('replies', { From: from, Body: body, ...more })) as { status: number };
    return status;
  }

  async #control(path: string, form: Readonly<Record<string, string>>): Promise<unknown> {
    const response = await fetch(`${this.url}/control/${path}`, { method: 'POST', body: new URLSearchParams(form) });
    if (!response.ok) throw new Error(`the gateway answered ${response.status}`);
    return await response.json();
  }

  /** Away: nobody listens any more. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** Short links without a signature, and the list of what was kept. */
export function plainShortLinks() {
  const kept: ShortLink[] = [];
  return {
    kept,
    links: {
      short: ({ candidateId }: { readonly candidateId: string }, target: string) => {
        const link = { code: `s${target.length}`, candidateId, target };
        return { url: `https://n.example/s/${link.code}`, link };
      },
    },
    shortLinks: {
      async keep(links: readonly ShortLink[]) {
        kept.push(...links);
      },
    },
  };
}
