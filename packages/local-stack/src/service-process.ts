import { setTimeout as delay } from 'node:timers/promises';
import type { HomePaths } from './home.ts';
import { writeJson } from './home.ts';
import { SERVICE_NODE_ARGS } from './node-args.ts';
import { type Child, end, isAlive, logTail, signal, spawnChild } from './processes.ts';
import type { ProcessIdentity, Reporter } from './types.ts';

export type ServiceState = 'starting' | 'ready' | 'restarting' | 'stopped' | 'failed';

/** `run/services/<instance>.json`. */
export interface ServiceRecord {
  /** `trigger-detector`, or `trigger-detector#2` for a further one. */
  readonly instance: string;
  readonly url: string;
  readonly state: ServiceState;
  readonly process?: ProcessIdentity;
  /** Who restarts it; while that process lives nobody else starts this instance. */
  readonly supervisor: ProcessIdentity;
  readonly restarts: number;
  readonly lastExit?: string;
  readonly startedAtMs: number;
}

export interface ServicePlan {
  readonly instance: string;
  /** The built entry point, started by this Node. */
  readonly entry: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readyTimeoutMs: number;
  readonly stopGraceMs: number;
}

interface Surroundings {
  readonly paths: HomePaths;
  readonly supervisor: ProcessIdentity;
  readonly reporter: Reporter;
  readonly changed: () => void;
}

/** The services are crash-only: ending is a normal answer to doubt, so the first restart comes at once. */
export const RESTART_DELAYS_MS: readonly number[] = [200, 500, 1_000, 2_000, 5_000];
/** Having been ready this long, a service has earned the short delays again. */
const STEADY_MS = 10_000;
/** `EX_CONFIG`: the service will say the same again after every restart. */
const EXIT_BAD_CONFIG = 'exit code 78';

/** One service as a process that is kept alive: started, awaited at `/readyz`, restarted when it ends unasked. */
export class ServiceProcess {
  readonly plan: ServicePlan;
  readonly url: string;
  readonly #around: Surroundings;
  #child: Child | undefined;
  #wanted = false;
  #state: ServiceState = 'stopped';
  #restarts = 0;
  #failuresInRow = 0;
  #lastExit: string | undefined;
  #startedAtMs = 0;
  /** Interrupts the pause before a restart. */
  #wake = new AbortController();
  #supervision: Promise<void> = Promise.resolve();

  constructor(plan: ServicePlan, around: Surroundings) {
    this.plan = plan;
    this.url = `http://127.0.0.1:${plan.port}`;
    this.#around = around;
  }

  get record(): ServiceRecord {
    const alive = this.#child !== undefined && !this.#child.hasExited() ? this.#child.identity : undefined;
    return {
      instance: this.plan.instance,
      url: this.url,
      state: this.#state,
      ...(alive === undefined ? {} : { process: alive }),
      supervisor: this.#around.supervisor,
      restarts: this.#restarts,
      ...(this.#lastExit === undefined ? {} : { lastExit: this.#lastExit }),
      startedAtMs: this.#startedAtMs,
    };
  }

  /** Resolves when `/readyz` answers 200; rejects when the service gives up (exit 78) or is not ready in time. */
  async start(): Promise<void> {
    if (this.#wanted) return await this.untilReady();
    await this.#supervision; // The last life must be over before the next begins.
    this.#wanted = true;
    this.#failuresInRow = 0;
    this.#wake = new AbortController();
    this.#around.reporter.starting(this.plan.instance);
    const begun = performance.now();
    this.#supervision = this.#supervise();
    await this.untilReady();
    this.#around.reporter.ready(this.plan.instance, {
      tookMs: Math.round(performance.now() - begun),
      address: this.url,
    });
  }

  /** Waits for the state `ready`, also across restarts. */
  async untilReady(): Promise<void> {
    const until = performance.now() + this.plan.readyTimeoutMs;
    while (this.#state !== 'ready') {
      const late = performance.now() > until;
      if (!this.#wanted || late) {
        const why = late ? `was not ready after ${this.plan.readyTimeoutMs} ms` : `ended (${this.#lastExit})`;
        const logFile = this.#around.paths.logFile(this.plan.instance);
        throw new Error(`${this.plan.instance} ${why}; ${logFile} ends with:\n${logTail(logFile)}`);
      }
      await delay(50);
    }
  }

  /** SIGTERM, up to 30 s for what is in flight, then SIGKILL; it is not started again. */
  async stop(): Promise<void> {
    this.#wanted = false;
    this.#wake.abort();
    if (this.#child !== undefined && !this.#child.hasExited()) {
      const outcome = await end(this.#child.identity, { graceMs: this.plan.stopGraceMs });
      if (outcome === 'killed') {
        this.#around.reporter.note(
          `${this.plan.instance}: did not end within ${this.plan.stopGraceMs} ms and was killed`,
        );
      }
    }
    await this.#supervision;
    this.#set('stopped');
  }

  /** SIGKILL, as a crash would. The supervision restarts it unless `restart` is false. */
  async kill(options: { readonly restart?: boolean } = {}): Promise<void> {
    if (options.restart === false) {
      this.#wanted = false;
      this.#wake.abort();
    }
    const child = this.#child;
    if (child === undefined) return;
    // Told before the next life reports: whoever waits for "ready" must not see the dead one's.
    if (this.#state === 'ready') this.#set('restarting');
    signal(child.identity, 'SIGKILL');
    await child.exited;
    if (options.restart === false) {
      await this.#supervision;
      this.#set('stopped');
    }
  }

  #set(state: ServiceState): void {
    this.#state = state;
    writeJson(this.#around.paths.serviceFile(this.plan.instance), this.record);
    this.#around.changed();
  }

  /** One life after the other until it is not wanted any more. Never rejects. */
  async #supervise(): Promise<void> {
    while (this.#wanted) {
      const readySince = await this.#live();
      if (!this.#wanted) return;
      if (this.#lastExit === EXIT_BAD_CONFIG) {
        this.#wanted = false;
        this.#set('failed');
        this.#around.reporter.failed(this.plan.instance, 'its configuration is wrong (exit 78); see its log');
        return;
      }
      const wasSteady = readySince !== undefined && performance.now() - readySince >= STEADY_MS;
      this.#failuresInRow = wasSteady ? 1 : this.#failuresInRow + 1;
      const pauseMs = restartDelayMs(this.#failuresInRow);
      this.#restarts += 1;
      this.#set('restarting');
      this.#around.reporter.note(`${this.plan.instance}: ended (${this.#lastExit}), again in ${pauseMs} ms`);
      await delay(pauseMs, undefined, { signal: this.#wake.signal }).catch(() => {});
    }
  }

  /** From spawn to exit; returns when it became ready, if it did. */
  async #live(): Promise<number | undefined> {
    const { plan } = this;
    this.#startedAtMs = Date.now();
    try {
      const logFile = this.#around.paths.logFile(plan.instance);
      const child = await spawnChild({
        command: process.execPath,
        args: [...SERVICE_NODE_ARGS, plan.entry],
        env: plan.env,
        logFile,
        holdsUs: true,
      });
      this.#child = child;
      // Stopped in the very moment of the start: `stop` may have looked at the life before this one.
      if (!this.#wanted) await end(child.identity, { graceMs: plan.stopGraceMs });
      this.#set(this.#restarts === 0 ? 'starting' : 'restarting');
      const readySince = await this.#awaitReady(child);
      this.#lastExit = await child.exited;
      return readySince;
    } catch (error) {
      this.#lastExit = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  }

  async #awaitReady(child: Child): Promise<number | undefined> {
    while (!child.hasExited() && isAlive(child.identity)) {
      if (await answersReady(this.url)) {
        if (child.hasExited()) return undefined;
        this.#set('ready');
        return performance.now();
      }
      await delay(100);
    }
    return undefined;
  }
}

export function restartDelayMs(failuresInRow: number): number {
  return RESTART_DELAYS_MS[Math.min(failuresInRow, RESTART_DELAYS_MS.length) - 1] ?? 0;
}

export async function answersReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}
