/** What a shop's server sends: one call of Segment's API, or a batch of them. */
export interface RequestKind {
  readonly path: '/v1/track' | '/v1/batch';
  readonly events: number;
}

export const SINGLE: RequestKind = { path: '/v1/track', events: 1 };
export const BATCH_OF_50: RequestKind = { path: '/v1/batch', events: 50 };

const MESSAGE_ID = 'm-000000000000';
const DIGITS = 12;

const callOf = (at: string): object => ({
  type: 'track',
  messageId: MESSAGE_ID,
  userId: 'customer-48213',
  anonymousId: '6f2c1b0e-8d4a-4c6f-9a53-2f7be1a4c0d9',
  event: 'Product Viewed',
  timestamp: at,
  properties: {
    product_id: 'sku-1042',
    name: 'Walking boots',
    category: 'shoes',
    price: 79.9,
    quantity: 1,
    cart_id: 'c-18273',
    url: 'https://shop.example/p/sku-1042',
  },
  context: {
    locale: 'de-DE',
    timezone: 'Europe/Berlin',
    page: { path: '/p/sku-1042', referrer: 'https://shop.example/shoes', title: 'Walking boots' },
    library: { name: 'analytics-node', version: '3.1.0' },
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36',
  },
});

/** Makes requests, each with message ids of its own, by writing them into a copy. */
export class Requests {
  readonly #bytes: Buffer;
  readonly #places: readonly number[];
  #number = 0;

  constructor({ path, events }: RequestKind, writeKey: string) {
    const at = new Date().toISOString();
    const call = callOf(at);
    const body = JSON.stringify(
      path === '/v1/batch'
        ? { batch: Array.from({ length: events }, () => call), sentAt: at }
        : { ...call, sentAt: at },
    );
    const authorization = Buffer.from(`${writeKey}:`).toString('base64');
    const head = [
      `POST ${path} HTTP/1.1`,
      'host: 127.0.0.1',
      'content-type: application/json',
      `authorization: Basic ${authorization}`,
      `content-length: ${Buffer.byteLength(body)}`,
    ].join('\r\n');
    this.#bytes = Buffer.from(`${head}\r\n\r\n${body}`);
    const places: number[] = [];
    for (let found = this.#bytes.indexOf(MESSAGE_ID); found >= 0; found = this.#bytes.indexOf(MESSAGE_ID, found + 1)) {
      places.push(found + MESSAGE_ID.length - DIGITS);
    }
    this.#places = places;
  }

  next(): Buffer {
    const request = Buffer.from(this.#bytes);
    for (const place of this.#places) {
      this.#number += 1;
      request.write(String(this.#number).padStart(DIGITS, '0'), place, 'latin1');
    }
    return request;
  }
}
