import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { COMPOSE_ADDRESSES, composeStop, composeUp, dockerAnswers } from './compose.ts';
import { cacheFolder, defaultHome, ensureHome, type HomePaths, homePaths, readJson, writeJson } from './home.ts';
import { withLock } from './lock.ts';
import { kafkaPart } from './parts/kafka.ts';
import { mailboxPart } from './parts/mailbox.ts';
import type { NativeContext, NativePart } from './parts/native-part.ts';
import { postgresPart } from './parts/postgres.ts';
import { redisPart } from './parts/redis.ts';
import { registryPart } from './parts/registry.ts';
import { smsPart } from './parts/sms.ts';
import { type Pick, pick } from './pick.ts';
import { portBook } from './ports.ts';
import { lookAround, MissingPrerequisites, missingPrerequisites } from './prerequisites.ts';
import { isReady, isRunning } from './probe.ts';
import { end } from './processes.ts';
import { stderrReporter } from './reporter.ts';
import {
  ADDRESS_KEYS,
  COMPANION_KEYS,
  type Environment,
  isOwnPart,
  PART_NAMES,
  type PartName,
  type PartRecord,
  type Reporter,
  type RunningStack,
  type StackFile,
  type StackOptions,
} from './types.ts';

const NATIVE: Readonly<Record<PartName, NativePart>> = {
  kafka: kafkaPart,
  registry: registryPart,
  redis: redisPart,
  postgres: postgresPart,
  mailbox: mailboxPart,
  sms: smsPart,
};

/** How long an address from the environment may take to answer. */
const ADOPTION_MS = 30_000;

/** The variables by which services and tests find the parts. */
export function environmentOf(parts: Readonly<Partial<Record<PartName, PartRecord>>>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const record of Object.values(parts)) {
    env[ADDRESS_KEYS[record.name]] = record.address;
    Object.assign(env, record.env);
  }
  return env;
}

export function runningStack(home: string, parts: RunningStack['parts'], stop: () => Promise<void>): RunningStack {
  let stopping: Promise<void> | undefined;
  return {
    home,
    parts,
    env: environmentOf(parts),
    address(part) {
      const record = parts[part];
      if (record === undefined) throw new Error(`the stack was started without ${part}: add it to \`parts\``);
      return record.address;
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

interface Start {
  readonly paths: HomePaths;
  readonly env: Environment;
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
}

/** What this home runs already. What is half dead (a crash, a reused pid, a port that is not its own) is ended and forgotten. */
async function alreadyRunning(wanted: readonly PartName[], { paths, env, reporter }: Start): Promise<PartRecord[]> {
  const checked = await Promise.all(
    wanted.map(async (part) => {
      const record = readJson<PartRecord>(paths.partFile(part));
      if (record === undefined) return undefined;
      // An address in the environment goes before what this home runs; it may well name just that.
      const named = env[ADDRESS_KEYS[part]];
      const replaced = named !== undefined && named !== '' && named !== record.address;
      if (record.picked === 'native' && !replaced && (await isRunning(record))) return record;
      if (record.process !== undefined) {
        const why = replaced ? `gives way to ${ADDRESS_KEYS[part]}` : 'did not answer';
        const outcome = await end(record.process, record);
        if (outcome !== 'gone') reporter.note(`${part}: process ${record.process.pid} ${why} and was ended`);
      }
      rmSync(paths.partFile(part), { force: true });
      return undefined;
    }),
  );
  return checked.filter((record) => record !== undefined);
}

async function adopt(part: PartName, { address = '', why }: Pick, { env, signal }: Start): Promise<PartRecord> {
  const until = performance.now() + ADOPTION_MS;
  while (!(await isReady(part, address))) {
    if (performance.now() > until) {
      throw new Error(
        `${ADDRESS_KEYS[part]} names a ${part} that does not answer: start it, correct the address, or unset ${ADDRESS_KEYS[part]}`,
      );
    }
    await delay(250, undefined, signal === undefined ? {} : { signal });
  }
  const companions = (COMPANION_KEYS[part] ?? []).flatMap((key) => (env[key] ? [[key, env[key]] as const] : []));
  return {
    name: part,
    picked: 'adopted',
    why,
    address,
    startedAtMs: Date.now(),
    ...(companions.length === 0 ? {} : { env: Object.fromEntries(companions) }),
  };
}

async function startPicked(
  part: PartName,
  picked: Pick,
  start: Start & { native: NativeContext; compose: Promise<void> },
) {
  if (picked.picked === 'adopted') return await adopt(part, picked, start);
  if (picked.picked === 'docker' && !isOwnPart(part)) {
    await start.compose;
    const address = COMPOSE_ADDRESSES[part](start.env);
    return { name: part, picked: 'docker', why: picked.why, address, startedAtMs: Date.now() } satisfies PartRecord;
  }
  return await NATIVE[part].start(start.native);
}

async function startOne(
  part: PartName,
  picked: Pick,
  start: Start & { native: NativeContext; compose: Promise<void> },
) {
  const begun = performance.now();
  start.reporter.picked(part, picked.picked, picked.why);
  start.reporter.starting(part);
  try {
    const record: PartRecord = await startPicked(part, picked, start);
    writeJson(start.paths.partFile(part), record);
    start.reporter.ready(part, { tookMs: Math.round(performance.now() - begun), address: record.address });
    return record;
  } catch (error) {
    // Who only gives up because another has failed, or because the user has asked to end, has not failed.
    if (!start.signal?.aborted) start.reporter.failed(part, error instanceof Error ? error.message : String(error));
    throw error;
  }
}

async function startMissing(missing: readonly PartName[], start: Start, docker: boolean): Promise<PartRecord[]> {
  const { paths, env, reporter } = start;
  const giveUp = new AbortController();
  const signal = AbortSignal.any([giveUp.signal, ...(start.signal === undefined ? [] : [start.signal])]);
  const picks = missing.map((part) => ({ part, picked: pick(part, { env, dockerAnswers: docker }) }));
  const cache = cacheFolder(paths.home, env);
  const natives = picks.filter(({ picked }) => picked.picked === 'native').map(({ part }) => part);
  const lacking = missingPrerequisites(natives, await lookAround(natives, cache, env));
  if (lacking.length > 0) throw new MissingPrerequisites(lacking);
  const composed = picks.filter(({ picked }) => picked.picked === 'docker').map(({ part }) => part);
  const compose = composed.length > 0 ? composeUp(composed, env) : Promise.resolve();
  const native: NativeContext = {
    paths,
    cache,
    env,
    ports: portBook(paths.portsFile),
    stablePorts: paths.home === defaultHome({}),
    remember: (record) => writeJson(paths.partFile(record.name), record),
    note: reporter.note,
    signal,
  };
  const starting = picks.map(
    async ({ part, picked }) => await startOne(part, picked, { ...start, signal, native, compose }),
  );
  try {
    return await Promise.all(starting);
  } catch (error) {
    giveUp.abort(error); // The others need not go on; each ends its child before it gives up.
    await Promise.allSettled(starting);
    await endParts(paths, missing, env);
    throw error;
  }
}

/** Ends the named parts of a home as their records tell, all at the same time (none needs another to end). */
async function endParts(paths: HomePaths, parts: readonly PartName[], env: Environment): Promise<void> {
  const records = parts
    .map((part) => readJson<PartRecord>(paths.partFile(part)))
    .filter((record) => record !== undefined);
  const composed = records.filter(({ picked }) => picked === 'docker').map(({ name }) => name);
  await Promise.all([
    composed.length > 0 ? composeStop(composed, env) : undefined,
    ...records.map(async (record) => (record.process === undefined ? undefined : await end(record.process, record))),
  ]);
  for (const { name } of records) rmSync(paths.partFile(name), { force: true });
}

function writeStackFile(paths: HomePaths): StackFile['parts'] {
  const records = PART_NAMES.map((part) => readJson<PartRecord>(paths.partFile(part))).filter(
    (record) => record !== undefined,
  );
  const parts = Object.fromEntries(records.map((record) => [record.name, record]));
  if (records.length === 0) rmSync(paths.stackFile, { force: true });
  else
    writeJson(paths.stackFile, { version: 1, home: paths.home, parts, env: environmentOf(parts) } satisfies StackFile);
  return parts;
}

/**
 * Starts the parts, each as the environment, a Docker engine or this machine allows; adopts those that this home runs
 * already. The children live on when this process ends, until `stop` or `stopStack`. Throws `MissingPrerequisites`
 * with everything that is missing at once; when one part fails, those started with it are ended again.
 */
export async function startStack(options: StackOptions = {}): Promise<RunningStack> {
  const env = options.env ?? process.env;
  const reporter = options.reporter ?? stderrReporter;
  const paths = ensureHome(options.home ?? defaultHome(env));
  const wanted = PART_NAMES.filter((part) => options.parts?.includes(part) ?? true);
  return await withLock(join(paths.run, 'start.lock'), async () => {
    const start: Start = { paths, env, reporter, signal: options.signal };
    const running = await alreadyRunning(wanted, start);
    for (const record of running)
      reporter.note(`${record.name}: already running as process ${record.process?.pid}, adopted`);
    const missing = wanted.filter((part) => !running.some(({ name }) => name === part));
    const docker = missing.some((part) => !env[ADDRESS_KEYS[part]]) && (options.docker ?? (await dockerAnswers(env)));
    const started = await startMissing(missing, start, docker);
    writeStackFile(paths);
    const parts = Object.fromEntries([...running, ...started].map((record) => [record.name, record]));
    return runningStack(paths.home, parts, async () => await stopParts(paths, missing, env));
  });
}

/** The stack that a home runs, as its `run/stack.json` tells; `undefined` when it runs none. `stop` does nothing. */
export function openStack(home: string): RunningStack | undefined {
  const file = readJson<StackFile>(homePaths(home).stackFile);
  return file === undefined ? undefined : runningStack(home, file.parts, async () => {});
}

async function stopParts(paths: HomePaths, parts: readonly PartName[], env: Environment): Promise<void> {
  await withLock(join(paths.run, 'start.lock'), async () => {
    await endParts(paths, parts, env);
    writeStackFile(paths);
  });
}

/** Ends every part that the home runs; what was adopted is left alone. Data stay. */
export async function stopStack(home: string, env: Environment = process.env): Promise<void> {
  const paths = homePaths(home);
  if (
    readJson(paths.stackFile) === undefined &&
    PART_NAMES.every((part) => readJson(paths.partFile(part)) === undefined)
  )
    return;
  await stopParts(paths, [...PART_NAMES].reverse(), env);
}
