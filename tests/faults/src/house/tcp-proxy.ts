import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What a network does to a connection. Without any the bytes go through as they come. */
export interface Weather {
  /** Every chunk is this late, in both directions. */
  readonly latencyMs?: number;
  /** Bytes per second and connection, in both directions. */
  readonly bytesPerS?: number;
  /** Nothing goes through and nobody is told; what was said meanwhile comes when it ends, as TCP sends it again. */
  readonly blackhole?: boolean;
  /** What the server answers is lost, what the client says goes through: the doubtful half. Ends in a reset. */
  readonly halfOpen?: boolean;
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly pipes: Pipe[];
  /** A middlebox has forgotten it: nothing goes through any more, in either direction, for good. */
  forgotten: boolean;
  /** Bytes were lost for good, so the connection cannot go on. */
  torn: boolean;
}

interface PipeOptions {
  readonly weather: () => Weather;
  /** From the server to the client. */
  readonly isAnswer: boolean;
  readonly pair: Pair;
}

/** One direction of one connection: chunks in order, each at its time. `null` is the end. */
class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #options: PipeOptions;
  readonly #queue: { readonly dueMs: number; readonly chunk: Buffer | null }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastDueMs = 0;

  constructor(from: Socket, to: Socket, options: PipeOptions) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.on('end', () => this.#take(null));
  }

  #take(chunk: Buffer | null): void {
    const { weather, isAnswer, pair } = this.#options;
    const { latencyMs = 0, bytesPerS, halfOpen = false } = weather();
    if (halfOpen && isAnswer) pair.torn = true;
    if (pair.forgotten || (halfOpen && isAnswer)) return;
    const sendingMs = bytesPerS === undefined ? 0 : ((chunk?.length ?? 0) / bytesPerS) * 1_000;
    // Never before what came earlier, whatever the weather was then.
    const nowMs = performance.now();
    this.#lastDueMs = Math.max(this.#lastDueMs + sendingMs, nowMs + sendingMs + latencyMs);
    this.#queue.push({ dueMs: this.#lastDueMs, chunk });
    if (this.#queue.length > MOST_WAITING) this.#from.pause();
    this.pass();
  }

  /** Hands on what is due; called again when the weather has changed. */
  pass(): void {
    clearTimeout(this.#timer);
    if (this.#options.weather().blackhole === true || this.#options.pair.forgotten) return;
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const inMs = next.dueMs - performance.now();
      if (inMs > 0) {
        this.#timer = setTimeout(() => this.pass(), inMs);
        break;
      }
      this.#queue.shift();
      if (this.#to.destroyed) continue;
      if (next.chunk === null) this.#to.end();
      else this.#to.write(next.chunk);
    }
    if (this.#queue.length <= MOST_WAITING / 2) this.#from.resume();
  }
}

const MOST_WAITING = 64;

/** A TCP proxy with weather. To whoever goes through it, the server is as far and as broken as the weather says. */
export class TcpProxy {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #weather: Weather = {};
  #refusing = false;

  private constructor(target: () => { readonly host: string; readonly port: number }) {
    this.#server = createServer((client) => {
      if (this.#refusing) return void client.resetAndDestroy();
      this.#join(client, connect(target()));
    });
  }

  static async open(target: () => { readonly host: string; readonly port: number }, port = 0): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(port, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** From now on, for open connections too. */
  set(weather: Weather): void {
    this.#weather = weather;
  }

  /** Ends every connection with a reset. With `refuse` new ones are reset, too, until `welcome`. */
  reset(options: { readonly refuse?: boolean } = {}): void {
    this.#refusing = options.refuse ?? false;
    for (const { client, upstream } of this.#pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  }

  /** Every connection that is open now is dead from here on, without a word; new ones are fine. */
  forget(): void {
    for (const pair of this.#pairs) pair.forgotten = true;
  }

  /** Fine weather: what was held comes through, and what has lost bytes is reset. */
  welcome(): void {
    this.#refusing = false;
    this.#weather = {};
    for (const { client, upstream, pipes, torn } of this.#pairs) {
      if (torn) {
        client.resetAndDestroy();
        upstream.resetAndDestroy();
      } else for (const pipe of pipes) pipe.pass();
    }
  }

  async close(): Promise<void> {
    this.reset({ refuse: true });
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #join(client: Socket, upstream: Socket): void {
    const pair: Pair = { client, upstream, pipes: [], forgotten: false, torn: false };
    this.#pairs.add(pair);
    const weather = () => this.#weather;
    pair.pipes.push(new Pipe(client, upstream, { weather, isAnswer: false, pair }));
    pair.pipes.push(new Pipe(upstream, client, { weather, isAnswer: true, pair }));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.setNoDelay(true);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
    }
  }
}
