import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip, inflate, inflateRaw } from 'node:zlib';
import { errors, KairosError } from '@kairos/contracts';
import { RetryLaterError } from '@kairos/service-kit';

const inflators = { gzip: promisify(gunzip), zlib: promisify(inflate), raw: promisify(inflateRaw) };

export interface BodyLimits {
  /** Of one request, before and after inflation. */
  readonly maxBytes: number;
  /** Of all requests under way together. */
  readonly maxHeldBytes: number;
  /** Requests that are inflated at the same time; more wait. */
  readonly maxInflating: number;
}

export interface Body {
  readonly json: unknown;
  /** Gives the memory back; called once the answer is out. */
  release(): void;
}

const tooLarge = (maxBytes: number): KairosError =>
  new KairosError(
    'REQUEST_TOO_LARGE',
    `The request holds more than ${maxBytes} bytes after inflation. Send less at once.`,
  );

type Encoding = 'identity' | 'gzip' | 'deflate';

function encodingOf(header: string | undefined): Encoding {
  const name = (header ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return 'identity';
  if (name === 'gzip' || name === 'x-gzip') return 'gzip';
  if (name === 'deflate') return 'deflate';
  throw new KairosError('ENCODING_UNSUPPORTED', errors.ENCODING_UNSUPPORTED.sentence, { field: 'content-encoding' });
}

/** `deflate` means zlib's format, and some clients send it bare. */
const isZlib = (bytes: Buffer): boolean =>
  ((bytes[0] ?? 0) & 0x0f) === 8 && ((bytes[0] ?? 0) * 256 + (bytes[1] ?? 0)) % 31 === 0;

/**
 * Reads JSON bodies with bounded memory. A body is never inflated beyond `maxBytes`: zlib stops there, so a bomb costs
 * what a large honest request costs.
 */
export class BodyReader {
  readonly #limits: BodyLimits;
  #heldBytes = 0;
  #inflating = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  async read(stream: Readable, headers: Readonly<Record<string, string | string[] | undefined>>): Promise<Body> {
    const encoding = encodingOf(headers['content-encoding'] as string | undefined);
    const { maxBytes } = this.#limits;
    if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
    let held = 0;
    const hold = (bytes: number) => {
      if (this.#heldBytes + bytes > this.#limits.maxHeldBytes) {
        throw new RetryLaterError('BROKER_UNAVAILABLE', 'Too much waits to be stored. Send it again later.', 2_000);
      }
      this.#heldBytes += bytes;
      held += bytes;
    };
    const release = () => {
      this.#heldBytes -= held;
      held = 0;
    };
    try {
      const sent = await this.#collect(stream, hold);
      const bytes = encoding === 'identity' ? sent : await this.#inflate(sent, encoding);
      if (bytes !== sent) hold(bytes.length);
      return { json: parse(bytes), release };
    } catch (error) {
      release();
      // What still comes is passed over, so that the connection can be used (and closed) again.
      stream.resume();
      throw error;
    }
  }

  async #collect(stream: Readable, hold: (bytes: number) => void): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let total = 0;
    // Destroying the stream would take the connection with it, before the client has read why.
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      total += chunk.length;
      if (total > this.#limits.maxBytes) throw tooLarge(this.#limits.maxBytes);
      hold(chunk.length);
      chunks.push(chunk);
    }
    const [first] = chunks;
    return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, total);
  }

  async #inflate(bytes: Buffer, encoding: Exclude<Encoding, 'identity'>): Promise<Buffer> {
    if (this.#inflating >= this.#limits.maxInflating) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#inflating += 1;
    const format = encoding === 'gzip' ? 'gzip' : isZlib(bytes) ? 'zlib' : 'raw';
    try {
      return await inflators[format](bytes, { maxOutputLength: this.#limits.maxBytes });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(this.#limits.maxBytes);
      throw new KairosError('ENCODING_BROKEN', errors.ENCODING_BROKEN.sentence, { field: 'content-encoding' });
    } finally {
      // The place goes to the next in the row, or becomes free.
      const next = this.#waiting.shift();
      if (next === undefined) this.#inflating -= 1;
      else next();
    }
  }
}

function parse(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text) as unknown;
  } catch {
    const what = text.trim() === '' ? 'The body is empty.' : errors.MALFORMED_JSON.sentence;
    throw new KairosError('MALFORMED_JSON', `${what} Send one JSON object.`);
  }
}
