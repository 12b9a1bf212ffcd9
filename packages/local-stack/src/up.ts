import { Foreground } from './foreground.ts';
import { defaultHome, ensureHome, homePaths, readJson } from './home.ts';
import { stderrReporter } from './reporter.ts';
import { loadOrCreateSecrets, type Secrets } from './secrets.ts';
import { type House, type RunningServices, type ServiceSpec, startServices, writeHouse } from './services.ts';
import { openStack, startStack, stopStack } from './stack.ts';
import { livingSupervisor, startSupervisor, stopSupervised, writeSupervisor } from './supervisor.ts';
import type { Environment, Reporter, RunningStack, StackOptions } from './types.ts';

export interface UpOptions extends Omit<StackOptions, 'reporter' | 'signal'> {
  /** The services, once the addresses are known; default: none (`--stack-only`). */
  readonly services?: (stack: RunningStack, secrets: Secrets) => readonly ServiceSpec[];
  /** For every service. */
  readonly serviceEnv?: Readonly<Record<string, string>>;
  /** Between stack and services: topics, schemas, tables. */
  readonly prepare?: (stack: RunningStack, secrets: Secrets) => Promise<void>;
  /** Return when all is ready and leave it running until `down`. */
  readonly detach?: boolean;
}

export interface Up {
  readonly stack: RunningStack;
  readonly house: House;
  readonly secrets: Secrets;
  /** To stop and start single services; only in the foreground, where this process looks after them. */
  readonly services?: RunningServices;
  /**
   * The exit code. Foreground: when everything has ended after SIGINT, SIGTERM or `down()`. Detached, or up already: at once.
   */
  readonly finished: Promise<number>;
  /** Foreground: ends the services, then the parts that this start has started. Else like `down(home)`. */
  down(): Promise<void>;
}

interface Begun {
  readonly stack: RunningStack;
  readonly secrets: Secrets;
  readonly specs: readonly ServiceSpec[];
}

async function begin(
  options: UpOptions,
  how: { home: string; reporter: Reporter; signal?: AbortSignal },
): Promise<Begun> {
  const stack = await startStack({ ...options, ...how });
  const secrets = loadOrCreateSecrets(how.home);
  try {
    await options.prepare?.(stack, secrets);
    how.signal?.throwIfAborted();
    return { stack, secrets, specs: options.services?.(stack, secrets) ?? [] };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

async function upDetached(options: UpOptions, home: string, reporter: Reporter): Promise<Up> {
  const { stack, secrets, specs } = await begin(options, { home, reporter });
  if (specs.length > 0) {
    try {
      await startSupervisor({ home, stackEnv: stack.env, services: specs, env: options.serviceEnv ?? {} }, reporter);
    } catch (error) {
      await stopSupervised(homePaths(home));
      await stack.stop();
      throw error;
    }
  }
  const house = writeHouse(home, stack.env);
  return { stack, house, secrets, finished: Promise.resolve(0), down: async () => await down(home, options.env) };
}

async function upForeground(options: UpOptions, home: string, reporter: Reporter): Promise<Up> {
  const paths = ensureHome(home);
  const foreground = new Foreground(paths, reporter);
  const { signal } = foreground;
  return await foreground.run(async () => {
    writeSupervisor(paths, { mode: 'foreground', state: 'starting' });
    foreground.atEnd(async () => await stopSupervised(paths));
    const { stack, secrets, specs } = await begin(options, { home, reporter, signal });
    foreground.atEnd(async () => await stack.stop());
    const env = options.serviceEnv ?? {};
    const services =
      specs.length > 0 ? await startServices({ stack, services: specs, env, reporter, signal }) : undefined;
    if (services !== undefined) foreground.atEnd(async () => await services.stop());
    signal.throwIfAborted();
    writeSupervisor(paths, { mode: 'foreground', state: 'ready' });
    return {
      stack,
      house: writeHouse(home, stack.env),
      secrets,
      ...(services === undefined ? {} : { services }),
      finished: foreground.finished,
      down: async () => await foreground.down(),
    };
  });
}

/** Somebody looks after the home's services already: what there is, and nothing started. */
function upAlready(options: UpOptions, home: string): Up | undefined {
  const house = readJson<House>(homePaths(home).houseFile);
  const stack = openStack(home);
  if (house === undefined || stack === undefined) return undefined;
  const secrets = loadOrCreateSecrets(home);
  return { stack, house, secrets, finished: Promise.resolve(0), down: async () => await down(home, options.env) };
}

/**
 * Starts stack and services. In the foreground Ctrl-C ends all of it; with `detach` it lives on until `down`. A home
 * that is up already is left as it is, and its addresses are returned.
 */
export async function up(options: UpOptions = {}, reporter: Reporter = stderrReporter): Promise<Up> {
  const home = options.home ?? defaultHome(options.env ?? process.env);
  const supervisor = livingSupervisor(homePaths(home));
  if (supervisor?.state === 'ready') {
    const already = upAlready(options, home);
    if (already !== undefined) {
      reporter.note(`${home} is up already, looked after by process ${supervisor.process.pid}`);
      return already;
    }
  }
  if (supervisor?.state === 'starting') {
    throw new Error(
      `${home} is being started by process ${supervisor.process.pid}: wait for it, or end it with kairos down`,
    );
  }
  return options.detach ? await upDetached(options, home, reporter) : await upForeground(options, home, reporter);
}

/** Ends services, supervisor and parts of a home, whoever started them; what was adopted is left alone. Data stay. */
export async function down(home: string, env: Environment = process.env): Promise<void> {
  await stopSupervised(homePaths(home));
  await stopStack(home, env);
}
