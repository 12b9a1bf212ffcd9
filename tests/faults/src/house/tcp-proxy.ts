import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What a network does to a connection. Without any the bytes go through as they come. */
export interface Weather {
  /** Every chunk is this late, in both directions. */
  readonly latencyMs?: number;
  /** Bytes per second and connection, in both directions. */
  readonly bytesPerS?: number;
  /** Nothing goes through any more, and nobody is told: packets are dropped. */
  readonly blackhole?: boolean;
  /** What the server answers is dropped, what the client says goes through: the doubtful half. */
  readonly halfOpen?: boolean;
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
}

/** One direction of one connection: chunks in order, each at its time. `null` is the end. */
class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #weather: () => Weather;
  readonly #isAnswer: boolean;
  readonly #queue: { readonly dueMs: number; readonly chunk: Buffer | null }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastDueMs = 0;

  constructor(from: Socket, to: Socket, how: { readonly weather: () => Weather; readonly isAnswer: boolean }) {
    this.#from = from;
    this.#to = to;
    this.#weather = how.weather;
    this.#isAnswer = how.isAnswer;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.on('end', () => this.#take(null));
  }

  #take(chunk: Buffer | null): void {
    const { latencyMs = 0, bytesPerS, blackhole = false, halfOpen = false } = this.#weather();
    if (blackhole || (halfOpen && this.#isAnswer)) return;
    const sendingMs = bytesPerS === undefined ? 0 : ((chunk?.length ?? 0) / bytesPerS) * 1_000;
    // Never before what came earlier, whatever the weather was then.
    const nowMs = performance.now();
    this.#lastDueMs = Math.max(this.#lastDueMs + sendingMs, nowMs + sendingMs + latencyMs);
    this.#queue.push({ dueMs: this.#lastDueMs, chunk });
    if (this.#queue.length > MOST_WAITING) this.#from.pause();
    this.#pass();
  }

  #pass(): void {
    clearTimeout(this.#timer);
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const inMs = next.dueMs - performance.now();
      if (inMs > 0) {
        this.#timer = setTimeout(() => this.#pass(), inMs);
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

  /** Ends every connection with a reset. With `refuse` new ones are reset, too, until `set` or `welcome`. */
  reset(options: { readonly refuse?: boolean } = {}): void {
    this.#refusing = options.refuse ?? false;
    for (const { client, upstream } of this.#pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  }

  welcome(): void {
    this.#refusing = false;
    this.#weather = {};
  }

  async close(): Promise<void> {
    this.reset({ refuse: true });
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #join(client: Socket, upstream: Socket): void {
    const pair = { client, upstream };
    this.#pairs.add(pair);
    const weather = () => this.#weather;
    new Pipe(client, upstream, { weather, isAnswer: false });
    new Pipe(upstream, client, { weather, isAnswer: true });
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
