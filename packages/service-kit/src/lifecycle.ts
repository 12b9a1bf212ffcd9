import { describeConfig } from './config/describe-config.ts';
import {
  ConfigError,
  type ConfigKeys,
  type ConfigOf,
  type ConfigSchema,
  loadConfigWithWarnings,
} from './config/load-config.ts';
import {
  createOpsServer,
  type FastifyInstance,
  type OpsServer,
  type OpsServerOptions,
  type Readiness,
} from './http.ts';
import { createLogger, type Logger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { startTelemetry, type Telemetry } from './telemetry.ts';

/** What the process offers; a test hands in its own. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  on(
    event: 'SIGTERM' | 'SIGINT' | 'unhandledRejection' | 'uncaughtException',
    listener: (cause: unknown) => void,
  ): void;
  exit(code: number): void;
  /** Where the faults of the configuration are printed (the logger does not exist yet). */
  printError(text: string): void;
}

/** Keys that `runService` itself reads: what `commonKeys()` gives. */
export interface CommonConfig {
  readonly HTTP_HOST: string;
  readonly HTTP_PORT: number;
  readonly LOG_LEVEL: string;
  readonly KAIROS_INSTANCE: string;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT: string | undefined;
}

/** What a service is given at start. */
export interface ServiceContext<C> {
  readonly name: string;
  readonly instance: string;
  readonly config: C;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly telemetry: Telemetry;
  /** Aborted when the stop begins. */
  readonly stopping: AbortSignal;
  /**
   * Registers how to undo what was just opened. Run in reverse order on a stop, and when the start fails half way.
   */
  onStop(what: string, close: () => unknown): void;
  /** Crash-only: logs the error and ends the process with code 1. The state is on the log; a restart goes on from there. */
  fail(error: unknown): void;
  /**
   * Opens the HTTP server now, so that probes answer during a long start (/readyz says `starting` until `start` is done)
   * and it is closed in its turn. Without a call it is opened after `start`, and closed first.
   */
  serve(options?: ServeOptions): Promise<OpsServer>;
}

export interface ServeOptions {
  register?(server: FastifyInstance): void | Promise<void>;
  readonly fastify?: OpsServerOptions['fastify'];
  readonly closeGraceMs?: number;
}

/** A service that runs. */
export interface RunningService {
  ready(): Readiness;
  /** Stops intake and drains: outputs acknowledged, cuts written, offsets committed. What `onStop` holds is closed after it. */
  stop?(): Promise<void>;
}

export interface ServiceDefinition<K extends ConfigKeys> {
  readonly name: string;
  readonly version?: string;
  readonly config: ConfigSchema<K>;
  start(context: ServiceContext<ConfigOf<ConfigSchema<K>>>): Promise<RunningService> | RunningService;
  /** Longest drain after a signal; default 30 s. */
  readonly drainMs?: number;
}

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;
type Signal = keyof typeof SIGNAL_NUMBERS;

/** Codes: 0 stopped as asked, 1 failed, 78 configuration, 128+n ended at once by a second signal. */
const EXIT = { stopped: 0, failed: 1, config: 78 } as const;

const realHost: Host = {
  env: process.env,
  on: (event, listener) => {
    process.on(event, listener);
  },
  exit: (code) => process.exit(code),
  printError: (text) => {
    process.stderr.write(`${text}\n`);
  },
};

type State = 'starting' | 'running' | 'stopping' | 'ended';

/**
 * The life of one process. States: starting → running → stopping → ended; a failed start, `fail` or an unhandled error
 * goes to ended from anywhere.
 */
class Life<C extends CommonConfig> {
  readonly #host: Host;
  readonly #drainMs: number;
  readonly context: ServiceContext<C>;
  #state: State = 'starting';
  #service: RunningService | undefined;
  #server: OpsServer | undefined;
  #started: Promise<void> = Promise.resolve();
  readonly #closers: { readonly what: string; readonly close: () => unknown }[] = [];
  readonly #stopping = new AbortController();

  constructor(host: Host, about: { name: string; version: string; config: C; drainMs: number }) {
    const { name, version, config } = about;
    this.#host = host;
    this.#drainMs = about.drainMs;
    const instance = config.KAIROS_INSTANCE;
    const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
    const telemetry = startTelemetry({
      service: name,
      version,
      instance,
      ...(endpoint === undefined ? {} : { endpoint }),
    });
    this.context = {
      name,
      instance,
      config,
      telemetry,
      log: createLogger({ service: name, instance, level: config.LOG_LEVEL }),
      metrics: createMetrics(name, instance),
      stopping: this.#stopping.signal,
      onStop: (what, close) => this.#closers.push({ what, close }),
      fail: (error) => this.fail(error),
      serve: (options) => this.#serve(options),
    };
  }

  start(start: (context: ServiceContext<C>) => Promise<RunningService> | RunningService): Promise<void> {
    this.#started = this.#start(start);
    return this.#started;
  }

  async #start(start: (context: ServiceContext<C>) => Promise<RunningService> | RunningService): Promise<void> {
    try {
      const service = await start(this.context);
      this.#service = service;
      if (this.#state !== 'starting') return;
      if (this.#server === undefined) await this.#serve();
      this.#state = 'running';
      this.context.log.info({ url: this.#server?.url }, 'running');
    } catch (error) {
      if (this.#state !== 'starting') return;
      this.#state = 'ended';
      if (error instanceof ConfigError) this.#host.printError(error.message);
      else this.context.log.fatal({ err: error }, 'could not start');
      await this.#closeAll();
      this.#host.exit(error instanceof ConfigError ? EXIT.config : EXIT.failed);
    }
  }

  fail(error: unknown): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.context.log.fatal({ err: error }, 'ends itself after an error');
    this.#host.exit(EXIT.failed);
  }

  signal(signal: Signal): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'stopping') {
      this.#state = 'ended';
      this.context.log.warn({ signal }, 'second signal: ends at once');
      this.#host.exit(128 + SIGNAL_NUMBERS[signal]);
      return;
    }
    this.#state = 'stopping';
    this.context.log.info({ signal, drainMs: this.#drainMs }, 'stopping');
    void this.#stop();
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    this.#server?.drain();
    const late = setTimeout(() => {
      this.fail(new Error(`the drain took longer than ${this.#drainMs} ms`));
    }, this.#drainMs);
    let failed = false;
    try {
      // A signal in mid-start: what start opened is known once it is done.
      await this.#started;
      await this.#service?.stop?.();
    } catch (error) {
      failed = true;
      this.context.log.error({ err: error }, 'could not drain');
    }
    failed = !(await this.#closeAll()) || failed;
    clearTimeout(late);
    if (this.#state !== 'stopping') return;
    this.#state = 'ended';
    this.context.log.info('stopped');
    this.#host.exit(failed ? EXIT.failed : EXIT.stopped);
  }

  /** Closes what was opened, in reverse order; one failure does not keep the rest open. */
  async #closeAll(): Promise<boolean> {
    let ok = true;
    for (const { what, close } of this.#closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        ok = false;
        this.context.log.error({ err: error, what }, 'could not close');
      }
    }
    await this.context.telemetry.stop();
    await this.context.metrics.stop().catch(() => undefined);
    return ok;
  }

  #ready(): Readiness {
    if (this.#state === 'running') return this.#service?.ready() ?? { ok: false, reasons: ['starting'] };
    return { ok: false, reasons: [this.#state] };
  }

  async #serve(options: ServeOptions = {}): Promise<OpsServer> {
    const { config, log, metrics, name } = this.context;
    const server = await createOpsServer({
      ...options,
      name,
      host: config.HTTP_HOST,
      port: config.HTTP_PORT,
      ready: () => this.#ready(),
      metrics,
      log,
    });
    this.#server = server;
    this.context.onStop('HTTP server', () => server.close());
    return server;
  }
}

/**
 * Runs a service: configuration (78 with all faults), telemetry, start with rollback, probes, signals with a drain, end.
 * The only call of a `main.ts`.
 */
export async function runService<K extends ConfigKeys>(
  definition: ServiceDefinition<K>,
  host: Host = realHost,
): Promise<void> {
  type C = ConfigOf<ConfigSchema<K>> & CommonConfig;
  let life: Life<C>;
  try {
    const { config, warnings } = loadConfigWithWarnings(definition.config, host.env);
    const { name, version = '0.0.0', drainMs = 30_000 } = definition;
    life = new Life<C>(host, { name, version, config: config as C, drainMs });
    life.context.log.info({ config: describeConfig(definition.config, config), version }, 'starting');
    for (const warning of warnings) life.context.log.warn(warning);
  } catch (error) {
    host.printError(error instanceof ConfigError ? error.message : String(error));
    host.exit(error instanceof ConfigError ? EXIT.config : EXIT.failed);
    return;
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) host.on(signal, () => life.signal(signal));
  host.on('unhandledRejection', (cause) => life.fail(cause));
  host.on('uncaughtException', (cause) => life.fail(cause));
  await life.start(definition.start as (context: ServiceContext<C>) => Promise<RunningService> | RunningService);
}
