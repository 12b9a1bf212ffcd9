import { constants } from 'node:os';
import type { HomePaths } from './home.ts';
import { signal as send } from './processes.ts';
import { serviceRecords } from './services.ts';
import type { Reporter } from './types.ts';

/** The user has asked to end while it was starting; everything that had started has been ended. */
export class Interrupted extends Error {
  readonly exitCode: number;
  constructor(name: NodeJS.Signals) {
    super(`ended by ${name} while starting`);
    this.name = 'Interrupted';
    this.exitCode = exitCodeOf(name);
  }
}

const exitCodeOf = (name: NodeJS.Signals): number => 128 + (constants.signals[name] ?? 0);

/**
 * Sees to it that nothing outlives Ctrl-C: the first SIGINT or SIGTERM ends everything in order, latest first; a
 * second one, while services still finish their work, kills them.
 */
export class Foreground {
  readonly finished: Promise<number>;
  readonly #paths: HomePaths;
  readonly #reporter: Reporter;
  readonly #interruption = new AbortController();
  readonly #ends: (() => Promise<void>)[] = [];
  #finish: (code: number) => void = () => {};
  #signalName: NodeJS.Signals | undefined;
  #ending: Promise<void> | undefined;
  #started = false;
  /** Signal handlers alone do not keep a process alive, nor do the parts. */
  readonly #alive = setInterval(() => {}, 2 ** 30);

  constructor(paths: HomePaths, reporter: Reporter) {
    this.#paths = paths;
    this.#reporter = reporter;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Aborts when the user asks to end while it is starting. */
  get signal(): AbortSignal {
    return this.#interruption.signal;
  }

  /** Registers what must be ended; the latest is ended first. */
  atEnd(end: () => Promise<void>): void {
    this.#ends.unshift(end);
  }

  async run<T>(start: () => Promise<T>): Promise<T> {
    process.on('SIGINT', this.#onSignal);
    process.on('SIGTERM', this.#onSignal);
    try {
      const result = await start();
      this.#started = true;
      return result;
    } catch (error) {
      await this.down();
      throw this.#signalName === undefined ? error : new Interrupted(this.#signalName);
    }
  }

  async down(): Promise<void> {
    this.#ending ??= this.#endAll();
    await this.#ending;
  }

  async #endAll(): Promise<void> {
    try {
      for (const end of this.#ends) await end();
      if (this.#signalName !== undefined) this.#reporter.note('Everything has stopped.');
    } finally {
      clearInterval(this.#alive);
      process.off('SIGINT', this.#onSignal);
      process.off('SIGTERM', this.#onSignal);
      this.#finish(this.#signalName === undefined ? 0 : exitCodeOf(this.#signalName));
    }
  }

  readonly #onSignal = (name: NodeJS.Signals): void => {
    if (this.#signalName !== undefined || this.#ending !== undefined) {
      this.#reporter.note('Ending them at once.');
      for (const { process: service } of serviceRecords(this.#paths))
        if (service !== undefined) send(service, 'SIGKILL');
      return;
    }
    this.#signalName = name;
    this.#reporter.note(
      'Stopping: services finish what they have begun, for 30 s at most. Ctrl-C again ends them at once.',
    );
    this.#interruption.abort();
    if (this.#started) void this.down();
  };
}
