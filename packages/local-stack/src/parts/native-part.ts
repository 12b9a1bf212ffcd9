import { existsSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { HomePaths } from '../home.ts';
import { type PortBook, release } from '../ports.ts';
import { type Child, type ChildSpec, end, listensOn, logTail, spawnChild } from '../processes.ts';
import type { Environment, PartName, PartRecord } from '../types.ts';

export interface NativeContext {
  readonly paths: HomePaths;
  readonly cache: string;
  readonly env: Environment;
  readonly ports: PortBook;
  /** The default home asks for ports that stay the same everywhere; other homes take any. */
  readonly stablePorts: boolean;
  /** Writes the record as soon as there is a process, so that a crash of ours leaves nothing unknown behind. */
  readonly remember: (record: PartRecord) => void;
  readonly note: (message: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** A part as a process of ours. */
export interface NativePart {
  readonly name: PartName;
  start(context: NativeContext): Promise<PartRecord>;
}

export interface Launch {
  readonly name: PartName;
  readonly context: NativeContext;
  readonly stablePort: number;
  readonly why: string;
  readonly stopSignal?: NodeJS.Signals;
  /** Default 60 s. */
  readonly timeoutMs?: number;
  command(port: number): Promise<Omit<ChildSpec, 'logFile'>>;
  address(port: number): string;
  /** True when the part at the port does its work and says that it is this home's own. Errors count as "not yet". */
  isReady(port: number, child: Child): Promise<boolean>;
  /** Becomes part of the record. */
  readonly env?: Readonly<Record<string, string>>;
  /** A failure that passes by itself: tried again for up to 15 s. */
  readonly passing?: RegExp;
}

const PORT_TAKEN =
  /address already in use|already bound|EADDRINUSE|could not bind|Port already bound|seems to be in use/i;

const PASSING_MS = 15_000;

/** Starts the process at a port and waits until it is ready; another try with another port when somebody was faster. */
export async function launch(plan: Launch): Promise<PartRecord> {
  const { context } = plan;
  const passingUntil = performance.now() + PASSING_MS;
  let portsTaken = 0;
  for (;;) {
    const port = await context.ports.choose(plan.name, context.stablePorts ? plan.stablePort : undefined);
    try {
      return await launchAt(plan, port);
    } catch (error) {
      const reason = String(error);
      if (plan.passing?.test(reason) && performance.now() < passingUntil) {
        await delay(500);
      } else if (PORT_TAKEN.test(reason) && portsTaken < 2) {
        portsTaken += 1;
        context.note(`${plan.name}: somebody took port ${port}, trying another`);
      } else {
        throw error;
      }
    } finally {
      release(port);
    }
  }
}

async function launchAt(plan: Launch, port: number): Promise<PartRecord> {
  const { context } = plan;
  context.signal?.throwIfAborted();
  const logFile = context.paths.logFile(plan.name);
  const logStart = existsSync(logFile) ? statSync(logFile).size : 0;
  const child = await spawnChild({ ...(await plan.command(port)), logFile });
  const record: PartRecord = {
    name: plan.name,
    picked: 'native',
    why: plan.why,
    address: plan.address(port),
    process: child.identity,
    ...(plan.stopSignal === undefined ? {} : { stopSignal: plan.stopSignal }),
    ...(plan.env === undefined ? {} : { env: plan.env }),
    startedAtMs: Date.now(),
  };
  context.remember(record);
  const timeoutMs = plan.timeoutMs ?? 60_000;
  const until = performance.now() + timeoutMs;
  for (;;) {
    if (child.hasExited()) {
      throw new Error(
        `${plan.name} ended (${await child.exited}) while starting; ${logFile} ends with:\n${logTail(logFile, logStart)}`,
      );
    }
    // The port first: what answers there may be a stranger's.
    if (listensOn(child.identity.pid, port) !== false && (await plan.isReady(port, child).catch(() => false)))
      return record;
    if (context.signal?.aborted) {
      await end(child.identity, plan);
      context.signal.throwIfAborted();
    }
    if (performance.now() > until) {
      await end(child.identity, plan);
      throw new Error(
        `${plan.name} was not ready after ${timeoutMs} ms; ${logFile} ends with:\n${logTail(logFile, logStart)}`,
      );
    }
    await delay(50);
  }
}
