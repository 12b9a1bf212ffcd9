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

  /**
   * Reads a body and hands its text to `use`, which parses it. Its bytes count as held until that has ended; what was
   * parsed is not kept beyond the call.
   */
  async read<T>(
    stream: Readable,
    headers: Readonly<Record<string, string | string[] | undefined>>,
    use: (text: string) => Promise<T>,
  ): Promise<T> {
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
    try {
      const sent = await this.#collect(stream, hold);
      if (encoding === 'identity') return await handed(sent, use);
      const inflated = await this.#inflate(sent, encoding);
      hold(inflated.length);
      return await handed(inflated, use);
    } finally {
      this.#heldBytes -= held;
    }
  }

  /** Listens by hand: the stream's iterator costs more than all else that happens to a small body. */
  #collect(stream: Readable, hold: (bytes: number) => void): Promise<Buffer> {
    const { maxBytes } = this.#limits;
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let total = 0;
      const ignore = () => stream.off('data', take).off('end', end).off('close', cut);
      const stop = (error: unknown) => {
        ignore();
        // What still comes is passed over, so that the client reads why and the connection can be used again.
        stream.resume();
        reject(error);
      };
      const take = (chunk: Buffer) => {
        total += chunk.length;
        if (total > maxBytes) {
          stop(tooLarge(maxBytes));
          return;
        }
        try {
          hold(chunk.length);
          chunks.push(chunk);
        } catch (error) {
          stop(error);
        }
      };
      const end = () => {
        ignore();
        const [first] = chunks;
        resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, total));
      };
      const cut = () => stop(new KairosError('MALFORMED_JSON', 'The request was cut off.'));
      stream.on('data', take).on('end', end).on('close', cut);
    });
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

/** Not async: what was parsed must not be kept by whoever waits for the answer. */
function handed<T>(bytes: Buffer, use: (text: string) => T): T {
  const text = bytes.toString('utf8');
  return use(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
}

/** The JSON of a body. Throws MALFORMED_JSON. */
export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const what = text.trim() === '' ? 'The body is empty.' : errors.MALFORMED_JSON.sentence;
    throw new KairosError('MALFORMED_JSON', `${what} Send one JSON object.`);
  }
}
