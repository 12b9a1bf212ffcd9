import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { callBack } from './sms-callbacks.ts';
import { SmsFolder, type StoredSms } from './sms-messages.ts';
import {
  behaviourOfNumber,
  endOfNumber,
  refusalOfNumber,
  SMS_BEHAVIOURS,
  type SmsBehaviour,
  type SmsFault,
} from './sms-numbers.ts';

export interface SmsGatewayOptions {
  /** Where the texts go, one `.json` file each. */
  readonly dir: string;
  readonly accountSid: string;
  readonly authToken: string;
  /** Said at `/`, so that a client can tell whose gateway it has met. */
  readonly greeting: string;
}

const MAX_BODY_BYTES = 65_536;
const MAX_TEXT_LENGTH = 1_600;

/** An answer; or none, with the connection left open or broken off. */
type Outcome =
  | { readonly status: number; readonly value: object | string; readonly headers?: Readonly<Record<string, string>> }
  | 'hang'
  | 'drop';

/** Speaks Twilio's HTTP form for texts; keeps them as files, and tells what became of them by signed callbacks. */
export function createSmsGateway(options: SmsGatewayOptions): Server {
  const gateway = new Gateway(options);
  const server = createServer((request, response) => {
    gateway.answer(request, response).catch(() => request.socket.destroy());
  });
  // One that hangs must not keep the process from ending.
  server.on('close', () => server.closeAllConnections());
  return server;
}

class Gateway {
  readonly #options: SmsGatewayOptions;
  readonly #folder: SmsFolder;
  /** For all numbers that have none of their own. */
  #behaviour: SmsBehaviour = 'accept';
  /** Where the last text to a number wanted its status: what the number replies goes to the same house. */
  readonly #callbacks = new Map<string, StoredSms>();

  constructor(options: SmsGatewayOptions) {
    this.#options = options;
    this.#folder = new SmsFolder(options.dir);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://gateway');
    const form = new URLSearchParams(await bodyOf(request));
    const outcome = await this.#outcomeOf(`${request.method} ${pathname}`, form, request);
    if (outcome === 'hang') return;
    if (outcome === 'drop') {
      request.socket.destroy();
      return;
    }
    const { status, value, headers } = outcome;
    const isText = typeof value === 'string';
    response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json', ...headers });
    response.end(isText ? value : JSON.stringify(value));
  }

  async #outcomeOf(asked: string, form: URLSearchParams, request: IncomingMessage): Promise<Outcome> {
    if (asked === 'GET /') return { status: 200, value: this.#options.greeting };
    if (asked === 'POST /control/behaviour') return this.#behave(form);
    if (asked === 'POST /control/replies') return await this.#reply(form);
    const account = /^POST \/2010-04-01\/Accounts\/([^/]+)\/Messages\.json$/.exec(asked)?.[1];
    if (account === undefined) return faulty(NOT_FOUND);
    if (!this.#isKnown(request)) return faulty(UNAUTHORIZED);
    return account === this.#options.accountSid ? this.#take(form, request) : faulty(NOT_FOUND);
  }

  #isKnown({ headers }: IncomingMessage): boolean {
    const { accountSid, authToken } = this.#options;
    return headers.authorization === `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  }

  #take(form: URLSearchParams, request: IncomingMessage): Outcome {
    const to = form.get('To') ?? '';
    const refusal = faultOf(form) ?? refusalOfNumber(to);
    if (refusal !== undefined) return faulty(refusal);
    switch (behaviourOfNumber(to) ?? this.#behaviour) {
      case 'hang':
        return 'hang';
      case 'refuse':
        return faulty({ status: 400, code: 21211, message: `The 'To' number ${to} is not valid.` });
      case 'busy':
        return faulty({ status: 429, code: 20429, message: 'Too Many Requests' }, { 'retry-after': '1' });
      case 'away':
        return faulty({ status: 503, code: 20503, message: 'Service Unavailable' });
      case 'broken':
        return faulty({ status: 500, code: 20500, message: 'Internal Server Error' });
      case 'drop':
        this.#keep(form, request);
        return 'drop';
      case 'accept':
        return { status: 201, value: this.#resourceOf(this.#keep(form, request)) };
    }
  }

  #keep(form: URLSearchParams, { headers }: IncomingMessage): StoredSms {
    const key = headers['idempotency-key'];
    const stored = this.#folder.add({
      from: form.get('From') ?? form.get('MessagingServiceSid') ?? '',
      to: form.get('To') ?? '',
      body: form.get('Body') ?? '',
      statusCallback: form.get('StatusCallback'),
      idempotencyKey: typeof key === 'string' ? key : null,
    });
    this.#callbacks.set(stored.to, stored);
    this.#tell(stored).catch((error: unknown) => process.stderr.write(`no status was told: ${String(error)}\n`));
    return stored;
  }

  #resourceOf({ sid, to, from, body, receivedAtMs }: StoredSms): object {
    const { accountSid } = this.#options;
    const date = new Date(receivedAtMs).toUTCString();
    return {
      sid,
      account_sid: accountSid,
      api_version: '2010-04-01',
      to,
      from: from.startsWith('MG') ? null : from,
      messaging_service_sid: from.startsWith('MG') ? from : null,
      body,
      status: from.startsWith('MG') ? 'accepted' : 'queued',
      direction: 'outbound-api',
      date_created: date,
      date_updated: date,
      date_sent: null,
      error_code: null,
      error_message: null,
      uri: `/2010-04-01/Accounts/${accountSid}/Messages/${sid}.json`,
    };
  }

  /** Sent, and then what becomes of it. */
  async #tell({ sid, to, from, statusCallback }: StoredSms): Promise<void> {
    const { accountSid, authToken } = this.#options;
    for (const { status, errorCode } of [{ status: 'sent', errorCode: null }, endOfNumber(to)]) {
      this.#folder.setStatus(sid, status, errorCode);
      if (statusCallback === null) continue;
      await callBack(authToken, statusCallback, {
        AccountSid: accountSid,
        ApiVersion: '2010-04-01',
        From: from,
        MessageSid: sid,
        MessageStatus: status,
        SmsSid: sid,
        SmsStatus: status,
        To: to,
        ...(errorCode === null ? {} : { ErrorCode: errorCode }),
      });
    }
  }

  #behave(form: URLSearchParams): Outcome {
    const wanted = SMS_BEHAVIOURS.find((one) => one === form.get('Behaviour'));
    if (wanted === undefined)
      return { status: 400, value: { message: `Behaviour is one of ${SMS_BEHAVIOURS.join(', ')}` } };
    this.#behaviour = wanted;
    return { status: 200, value: { behaviour: wanted } };
  }

  /** What somebody writes back, handed to the house that wrote to that number last (or to `Url`). */
  async #reply(form: URLSearchParams): Promise<Outcome> {
    const from = form.get('From') ?? '';
    const last = this.#callbacks.get(from);
    const url = form.get('Url') ?? (last?.statusCallback ? new URL('../inbound', last.statusCallback).href : null);
    if (url === null) return { status: 404, value: { message: `nothing was sent to ${from}, so give a Url` } };
    const { accountSid, authToken } = this.#options;
    const sid = form.get('MessageSid') ?? `SM${crypto.randomUUID().replaceAll('-', '')}`;
    const status = await callBack(authToken, url, {
      AccountSid: accountSid,
      ApiVersion: '2010-04-01',
      Body: form.get('Body') ?? '',
      From: from,
      MessageSid: sid,
      NumMedia: '0',
      SmsMessageSid: sid,
      SmsSid: sid,
      To: form.get('To') ?? last?.from ?? '',
    });
    return { status: 200, value: { url, status } };
  }
}

const UNAUTHORIZED: SmsFault = { status: 401, code: 20003, message: 'Authenticate' };
const NOT_FOUND: SmsFault = { status: 404, code: 20404, message: 'The requested resource was not found' };

function faultOf(form: URLSearchParams): SmsFault | undefined {
  const bad = (code: number, message: string): SmsFault => ({ status: 400, code, message });
  const to = form.get('To') ?? '';
  if (to === '') return bad(21604, "A 'To' phone number is required.");
  if (!/^\+[1-9]\d{4,14}$/.test(to)) return bad(21211, `The 'To' number ${to} is not a valid phone number.`);
  if (!form.get('From') && !form.get('MessagingServiceSid')) return bad(21603, "A 'From' phone number is required.");
  if (!form.get('Body')) return bad(21602, 'Message body is required.');
  if ((form.get('Body') ?? '').length > MAX_TEXT_LENGTH) return bad(21617, 'The message body exceeds 1600 characters.');
  return undefined;
}

function faulty({ status, code, message }: SmsFault, headers: Readonly<Record<string, string>> = {}): Outcome {
  return { status, headers, value: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new Error('the body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
