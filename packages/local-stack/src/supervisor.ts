import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { entryScript } from './entry-scripts.ts';
import { ensureHome, type HomePaths, homePaths, readJson, writeJson } from './home.ts';
import { end, identify, isAlive, logTail, spawnChild } from './processes.ts';
import { lineReporter } from './reporter.ts';
import { type ServiceSpec, serviceRecords, startServices } from './services.ts';
import type { ProcessIdentity, Reporter } from './types.ts';

/** What the background process shall look after; `run/plan.json`, readable by its owner only (keys, passwords). */
export interface SupervisorPlan {
  readonly home: string;
  readonly stackEnv: Readonly<Record<string, string>>;
  readonly services: readonly ServiceSpec[];
  readonly env: Readonly<Record<string, string>>;
}

/** `run/supervisor.json`: the process that looks after a home's services, in the foreground or the background. */
export interface SupervisorRecord {
  readonly process: ProcessIdentity;
  readonly mode: 'foreground' | 'background';
  readonly state: 'starting' | 'ready' | 'failed';
  readonly reason?: string;
}

const planFile = (paths: HomePaths): string => `${paths.run}/plan.json`;

export function livingSupervisor(paths: HomePaths): SupervisorRecord | undefined {
  const record = readJson<SupervisorRecord>(paths.supervisorFile);
  return record !== undefined && isAlive(record.process) ? record : undefined;
}

export function writeSupervisor(paths: HomePaths, about: Omit<SupervisorRecord, 'process'>): void {
  const me = identify(process.pid);
  if (me !== undefined) writeJson(paths.supervisorFile, { process: me, ...about } satisfies SupervisorRecord);
}

/** Waits for the background process's word, and passes on what becomes ready meanwhile. */
async function untilReady(paths: HomePaths, supervisor: ProcessIdentity, reporter: Reporter): Promise<void> {
  const begun = performance.now();
  const told = new Set<string>();
  for (;;) {
    for (const { instance, state, url } of serviceRecords(paths)) {
      if (state !== 'ready' || told.has(instance)) continue;
      told.add(instance);
      reporter.ready(instance, { tookMs: Math.round(performance.now() - begun), address: url });
    }
    const record = readJson<SupervisorRecord>(paths.supervisorFile);
    const mine = record?.process.startMark === supervisor.startMark ? record : undefined;
    if (mine?.state === 'ready') return;
    if (mine?.state === 'failed' || !isAlive(supervisor)) {
      throw new Error(`the services did not start: ${mine?.reason ?? logTail(paths.logFile('supervisor'))}`);
    }
    await delay(100);
  }
}

/** Starts the services under a process of their own that lives on; resolves when all are ready. */
export async function startSupervisor(plan: SupervisorPlan, reporter: Reporter): Promise<ProcessIdentity> {
  const paths = ensureHome(plan.home);
  rmSync(paths.supervisorFile, { force: true });
  writeJson(planFile(paths), plan);
  const script = await entryScript('supervisor-main');
  const child = await spawnChild({
    command: process.execPath,
    args: [script, plan.home],
    env: { NODE_OPTIONS: undefined },
    logFile: paths.logFile('supervisor'),
  });
  for (const { instance } of plan.services) reporter.starting(instance);
  await untilReady(paths, child.identity, reporter);
  return child.identity;
}

/** The background process itself: `supervisor-main.js <home>`. */
export async function supervise(home: string): Promise<void> {
  const paths = homePaths(home);
  const plan = readJson<SupervisorPlan>(planFile(paths));
  if (plan === undefined) throw new Error(`${planFile(paths)} is missing: start with kairos up`);
  const reporter = lineReporter((line) => void process.stdout.write(`${new Date().toISOString()} ${line}\n`));
  const asked = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => asked.abort());
  const alive = setInterval(() => {}, 2 ** 30); // Also when every service has given up: somebody may come and look.
  writeSupervisor(paths, { mode: 'background', state: 'starting' });
  try {
    const services = await startServices({
      stack: { home, env: plan.stackEnv },
      services: plan.services,
      env: plan.env,
      reporter,
      signal: asked.signal,
    });
    writeSupervisor(paths, { mode: 'background', state: 'ready' });
    if (!asked.signal.aborted) await once(asked.signal, 'abort');
    await services.stop();
    rmSync(paths.supervisorFile, { force: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    writeSupervisor(paths, { mode: 'background', state: 'failed', reason });
    throw error;
  } finally {
    clearInterval(alive);
  }
}

/** Ends the supervisor, which ends its services; then whatever a dead one has left. */
export async function stopSupervised(paths: HomePaths): Promise<void> {
  const supervisor = livingSupervisor(paths);
  // It gives its services 30 s; a foreground one ends the parts as well.
  if (supervisor !== undefined && supervisor.process.pid !== process.pid)
    await end(supervisor.process, { graceMs: 45_000 });
  await Promise.all(
    serviceRecords(paths).map(async (record) => {
      if (record.process !== undefined) await end(record.process, { graceMs: 30_000 });
      rmSync(paths.serviceFile(record.instance), { force: true });
    }),
  );
  for (const file of [paths.supervisorFile, planFile(paths), paths.houseFile]) rmSync(file, { force: true });
}
